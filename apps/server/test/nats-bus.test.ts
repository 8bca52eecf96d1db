import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codesRaised } from '@chartseal/testkit'
import { nkeys } from '@nats-io/transport-node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { NatsBus, natsError } from '../dist/conference/nats-bus.js'
import { credentialsError, credentialsIn } from '../dist/conference/nats-credentials.js'
import { FakeNats } from './fake-nats.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-nats-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'credentials')
  writeFileSync(path, content)
  return path
}

async function fakeNats(): Promise<FakeNats> {
  const nats = await FakeNats.start()
  onTestFinished(() => nats.stop())
  return nats
}

async function busAt(url: string, credentialsFile: string | null = null): Promise<World> {
  const faults: unknown[] = []
  const bus = await NatsBus.open({ urls: [url], credentialsFile, onFault: error => void faults.push(error) })
  onTestFinished(() => bus.close())
  let backs = 0
  bus.onBack(() => {
    backs += 1
  })
  return { bus, faults, backs: () => backs }
}

interface World {
  readonly bus: NatsBus
  readonly faults: unknown[]
  backs(): number
}

/** Until it is so, however long the machine takes. */
const until = (isSo: () => void): Promise<void> => vi.waitFor(isSo, { timeout: 240_000, interval: 10 })

const expectAway = codesRaised(natsError)

describe('the bus of NATS', () => {
  it('carries messages between two servers, and says where nobody listens', async () => {
    const { url } = await fakeNats()
    const [one, other] = [await busAt(url), await busAt(url)]
    const [heard, answers]: [string[], string[]] = [[], []]
    one.bus.subscribe('home', bytes => void heard.push(text(bytes)))
    other.bus.subscribe('inbox', bytes => void answers.push(text(bytes)))
    await until(() => expect([one.backs(), other.backs()]).toEqual([1, 1]))
    await until(() => {
      other.bus.publish('home', Buffer.from('hello'), 'inbox')
      expect(heard).toContain('hello')
    })
    other.bus.publish('nobody', Buffer.from('hello'), 'inbox')
    await until(() => expect(answers).toContain(''))
    expect(one.bus.maxBytes).toBe(65_536)
  })

  it('comes back by itself, with everybody who listened', async () => {
    const nats = await fakeNats()
    const { bus, backs, faults } = await busAt(nats.url)
    const heard: string[] = []
    const stop = bus.subscribe('here', bytes => void heard.push(text(bytes)))
    await until(() => expect(backs()).toBe(1))
    nats.cut()
    await until(() => expect(backs()).toBe(2))
    await until(() => {
      bus.publish('here', Buffer.from('again'), 'none')
      expect(heard).toContain('again')
    })
    expect(faults.length).toBeGreaterThan(0)
    stop()
  })

  it('is made where NATS is not there, tells it once, and loses what is published then', async () => {
    const nats = await fakeNats()
    nats.isDead = true
    const { bus, faults } = await busAt(nats.url)
    bus.publish('here', Buffer.from('lost'), 'none')
    await until(() => expect(faults).toHaveLength(1))
    await expectAway('nats/away', () => Promise.reject(faults[0]))
    await bus.close()
  })

  it('tells that it is not let in, and tries again', async () => {
    const nats = await fakeNats()
    nats.refusal = 'Authorization Violation'
    const { backs, faults } = await busAt(nats.url, fileWith('chartseal:wrong\n'))
    await until(() => expect(faults).toHaveLength(1))
    nats.refusal = null
    await until(() => expect(backs()).toBe(1))
    expect(nats.greetings.at(-1)).toContain('"pass":"wrong"')
  })

  it('ends while it cannot connect, and ends twice', async () => {
    const nats = await fakeNats()
    nats.isDead = true
    const { bus } = await busAt(nats.url)
    await bus.close()
    await bus.close()
    bus.publish('here', Buffer.from('x'), 'none')
  })
})

const expectCode = codesRaised(credentialsError)

describe('credentials of NATS', () => {
  it('are a file of nsc, a seed or a name and a password', async () => {
    const seed = text(nkeys.createUser().getSeed())
    const creds = `-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n`
    expect(await credentialsIn(fileWith(`${seed}\n`))).toEqual({ kind: 'seed', bytes: Buffer.from(seed) })
    expect((await credentialsIn(fileWith(creds))).kind).toBe('creds')
    expect(await credentialsIn(fileWith('chartseal:pass:word\n'))).toEqual({
      kind: 'password',
      user: 'chartseal',
      password: 'pass:word',
    })
  })

  it('are refused where they are nothing of that', async () => {
    for (const content of ['', 'x', 'a b:c', `SU${'A'.repeat(55)}`])
      await expectCode('nats/credentials', () => credentialsIn(fileWith(content)))
    const options = { urls: ['nats://127.0.0.1:1'], credentialsFile: fileWith('x'), onFault: () => undefined }
    await expectCode('nats/credentials', () => NatsBus.open(options))
  })
})
