import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@chartseal/core/system'
import { codesRaised, patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { relayKeyError, relayKeyIn } from '../dist/conference/relay-key.js'
import { name16 } from './api-world.js'
import { run } from './command-run.js'
import { connect, patient, subprotocols } from './conference-world.js'
import { type Broker, startBroker, startRelay } from './relay-process.js'

const id = name16()

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-relay-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function newKey(): Promise<string> {
  const path = join(emptyFolder(), 'relay.key')
  expect((await run('relay-key', '--out', path)).code).toBe(0)
  return path
}

async function relayAt({ url }: Broker, ...more: readonly string[]): ReturnType<typeof startRelay> {
  return startRelay(['--nats-url', url, '--relay-key', await newKey(), '--log-level', 'silent', ...more])
}

const at = (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)

describe('the key of relays', () => {
  const expectCode = codesRaised(relayKeyError)

  it('is made once, for its owner alone, and another one each time', async () => {
    const [one, other] = [await newKey(), await newKey()]
    expect(readFileSync(one, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(readFileSync(other, 'utf8')).not.toBe(readFileSync(one, 'utf8'))
    expect(statSync(one).mode & 0o777).toBe(0o600)
    const before = readFileSync(one, 'utf8')
    const again = await run('relay-key', '--out', one)
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('files/failed')])
    expect(readFileSync(one, 'utf8')).toBe(before)
    expect(await relayKeyIn(one)).toEqual(new Uint8Array(Buffer.from(before.trim(), 'hex')))
  })

  it('is refused where a file holds none, without what it holds', async () => {
    const path = join(emptyFolder(), 'relay.key')
    for (const text of ['', 'secret', `${'0'.repeat(63)}`, `${'g'.repeat(64)}`, `${'0'.repeat(64)} 1`]) {
      writeFileSync(path, text)
      await expectCode('relay-key/malformed', () => relayKeyIn(path))
      const started = await run('relay', '--nats-url', 'nats://127.0.0.1:1', '--relay-key', path)
      expect(started.code).toBe(1)
      if (text !== '') expect(started.err).not.toContain(text)
    }
  })

  it('must be given an own name', async () => {
    expect((await run('relay-key')).err).toContain('command/usage')
  })
})

describe('the command relay', () => {
  it.each([
    [[], 'setting nats-url must be'],
    [['--nats-url', 'nats://127.0.0.1:1'], 'setting relay-key must be'],
    [['--nats-url', 'nats://127.0.0.1:1', '--relay-key', 'x', '--relays', '2'], "option '--relays'"],
    [['--nats-url', 'nats://a:b@127.0.0.1:1', '--relay-key', 'x'], 'setting nats-url must be'],
  ])('refuses %j with the words for it', async (words, expected) => {
    const { code, err } = await run('relay', ...words)
    expect([code, err]).toEqual([2, expect.stringContaining(expected)])
  })

  it('lives without NATS, is ready with it, and ends when it is told to', async () => {
    const broker = await startBroker()
    await broker.kill()
    const { port, child, ended } = await relayAt(broker)
    expect((await at(port, '/livez')).status).toBe(200)
    const early = await at(port, '/readyz')
    expect([early.status, (await early.json()).code]).toEqual([503, 'server/starting'])
    await broker.startAgain()
    await vi.waitFor(async () => expect((await at(port, '/readyz')).status).toBe(200), patience)
    await broker.kill()
    await vi.waitFor(async () => expect((await at(port, '/readyz')).status).toBe(503), patience)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('takes patients of conferences and nothing else', async () => {
    const { port, printed } = await relayAt(await startBroker())
    for (const path of ['/', '/v1/clinic', `/v1/conferences/${id}`, '/log/checkpoint']) {
      const answer = await at(port, path)
      expect([answer.status, (await answer.json()).code]).toEqual([421, 'server/relay'])
    }
    await expect(connect(port, id, subprotocols.host)).rejects.toThrow('426')
    await expect(connect(port, id, 'other')).rejects.toThrow('426')
    expect(printed()).not.toContain(id)
  })

  it('tells patients to come again while nobody has their conference', async () => {
    const { port } = await relayAt(await startBroker())
    const one = await patient(port, id, systemClock.nowMs())
    await vi.waitFor(() => expect(one.closed).not.toBeNull(), patience)
    expect(one.closed?.code).toBe(1012)
    expect(JSON.parse(one.closed?.reason ?? '')).toMatchObject({ reason: 'restart' })
    expect(one.refusal()?.retryMs).toBeGreaterThan(0)
  })

  it('counts what it holds on a port of its own', async () => {
    const { printed } = await relayAt(await startBroker(), '--metrics-port', '0')
    const [, port] = /metrics at 127\.0\.0\.1:(\d+)/.exec(printed()) ?? []
    const text = await (await at(Number(port), '/metrics')).text()
    expect(text).toMatch(/^chartseal_conference_connections 0$/m)
    expect(text).not.toMatch(/^chartseal_(log_working|event_streams)/m)
  })

  it('ends where it cannot listen, and a server where it has no clinic', async () => {
    const broker = await startBroker()
    const { port } = await relayAt(broker)
    const settings = ['--nats-url', broker.url, '--relay-key', await newKey(), '--log-level', 'silent']
    const second = await run('relay', '--port', `${port}`, ...settings)
    expect([second.code, second.err]).toEqual([1, expect.stringContaining('listen/failed')])
    const data = join(emptyFolder(), 'clinic')
    const server = await run('serve', '--data', data, '--port', '0', '--console', 'off', ...settings)
    expect([server.code, server.err]).toEqual([1, expect.stringContaining('clinic/missing')])
  })
})
