import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codesRaised } from '@chartseal/testkit'
import { nkeys } from '@nats-io/transport-node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { NatsBus, natsError } from '../dist/conference/nats-bus.js'
import { credentialsError, credentialsIn } from '../dist/conference/nats-credentials.js'
import { FakeNats } from './fake-nats.js'
import { isRealNats, natsName, startBroker } from './relay-process.js'

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

describe(`the bus of ${natsName}`, () => {
  it('carries messages between two servers, and says where nobody listens', async () => {
    const { url } = await startBroker()
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
    expect(one.bus.maxBytes).toBeGreaterThanOrEqual(65_536)
  })

  it('comes back by itself, with everybody who listened', async () => {
    const broker = await startBroker()
    const { bus, backs, faults } = await busAt(broker.url)
    const heard: string[] = []
    const stop = bus.subscribe('here', bytes => void heard.push(text(bytes)))
    await until(() => expect(backs()).toBe(1))
    await broker.kill()
    await until(() => expect(bus.isThere()).toBe(false))
    bus.publish('here', Buffer.from('lost'), 'none')
    await broker.startAgain()
    await until(() => expect(backs()).toBe(2))
    await until(() => {
      bus.publish('here', Buffer.from('again'), 'none')
      expect(heard).toContain('again')
    })
    expect(heard).not.toContain('lost')
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

const config = (key: string): string => `authorization {
  permissions = { publish = "chartseal.>", subscribe = "chartseal.>" }
  users = [ { user: clinic, password: "seven quiet herons" }, { nkey: ${key} } ]
}`

/** Of a server that asks who comes, and lets nobody near the subjects of others. */
async function expectLetIn(): Promise<void> {
  const user = nkeys.createUser()
  const { url } = await startBroker(config(user.getPublicKey()))
  const byName = await busAt(url, fileWith('clinic:seven quiet herons\n'))
  const bySeed = await busAt(url, fileWith(text(user.getSeed())))
  const [unknown, wrong] = [await busAt(url), await busAt(url, fileWith('clinic:wrong\n'))]
  await until(() => expect([byName.backs(), bySeed.backs()]).toEqual([1, 1]))
  await until(() => expect([unknown.faults.length, wrong.faults.length]).toEqual([1, 1]))
  const heard: string[] = []
  byName.bus.subscribe('chartseal.home', bytes => void heard.push(text(bytes)))
  byName.bus.subscribe('other', bytes => void heard.push(text(bytes)))
  await until(() => {
    bySeed.bus.publish('other', Buffer.from('not ours'), 'chartseal.none')
    bySeed.bus.publish('chartseal.home', Buffer.from('ours'), 'chartseal.none')
    expect(heard).toContain('ours')
  })
  expect(heard).not.toContain('not ours')
  await until(() => expect([byName.faults.length, bySeed.faults.length]).toEqual([1, 1]))
  expect([unknown.backs(), wrong.backs()]).toEqual([0, 0])
}

if (isRealNats) it('a NATS server lets in who has a password or a seed, for our subjects alone', expectLetIn)

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
