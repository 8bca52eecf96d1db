import { statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { systemClock } from '@chartseal/core/system'
import { frameOf } from '@chartseal/elgamal-session/interim'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Io } from '../dist/io/io.js'
import { run } from '../dist/run.js'
import { cli, cliJson, emptyFolder, Sink, worldIo } from './cli.js'

type Event = Readonly<Record<string, unknown>>

/** One end of a conference as a command line that runs while the test types. */
class End {
  readonly #stdin = new PassThrough()
  readonly #stdout = new Sink()
  readonly #stderr = new Sink()
  readonly exitCode: Promise<number>

  /** Ctrl-C, once the command listens for it. */
  interrupt: () => void = () => undefined

  constructor(cwd: string, ...args: readonly string[]) {
    const io: Io = {
      ...worldIo({ cwd, clock: systemClock }, this.#stdout, this.#stderr),
      stdin: this.#stdin,
      onInterrupt: stop => {
        this.interrupt = stop
        return () => undefined
      },
    }
    this.exitCode = run(['conference', ...args, '--json'], io)
    onTestFinished(() => {
      this.#stdin.end('/quit\n')
    })
  }

  type(line: string): void {
    this.#stdin.write(`${line}\n`)
  }

  endInput(): void {
    this.#stdin.end()
  }

  get events(): readonly Event[] {
    const lines = this.#stdout.text.split('\n').slice(0, -1)
    return lines.map(line => JSON.parse(line))
  }

  /** Waits until an event with these fields was told, so many times. */
  async until(fields: Event, times = 1): Promise<Event> {
    for (let i = 0; i < 2000; i++) {
      const found = this.events.filter(event =>
        Object.entries(fields).every(([key, value]) => JSON.stringify(event[key]) === JSON.stringify(value)),
      )
      const last = found[times - 1]
      if (last !== undefined) return last
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    throw new Error(`no ${JSON.stringify(fields)}: ${this.#stdout.text}${this.#stderr.text}`)
  }

  texts(): readonly unknown[] {
    return this.events.filter(event => event['event'] === 'message').map(event => event['text'])
  }
}

interface Place {
  readonly folder: string
  readonly host: End
  readonly port: string
  join(name: string, key?: string): End
}

/** A doctor who listens, and keys for these patients. */
async function open(...names: readonly string[]): Promise<Place> {
  const folder = emptyFolder()
  const pins: Record<string, string> = {}
  for (const name of ['doctor', ...names]) {
    const made = await cliJson(['conference', 'keygen', '--out', `${name}.key`], { cwd: folder })
    pins[name] = `${made['fingerprint']}`
  }
  const patients = names.flatMap(name => ['--patient', `${name}=${pins[name]}`])
  const host = new End(folder, 'host', '--key-file', 'doctor.key', ...patients)
  const { port } = await host.until({ event: 'listening' })
  const common = ['--doctor-fingerprint', `${pins['doctor']}`, '--port', `${port}`]
  const join = (name: string, key = name): End =>
    new End(folder, 'join', '--key-file', `${key}.key`, '--id', name, ...common)
  return { folder, host, port: `${port}`, join }
}

describe('chartseal conference keygen and fingerprint', () => {
  it('writes a key that its owner alone can read, and names it the same way again', async () => {
    const cwd = emptyFolder()
    const { fingerprint } = await cliJson(['conference', 'keygen', '--out', 'a.key'], { cwd })
    expect(statSync(join(cwd, 'a.key')).mode & 0o777).toBe(0o600)
    const shown = await cli(['conference', 'fingerprint', 'a.key'], { cwd })
    expect(shown).toMatchObject({ exitCode: 0, stdout: `${fingerprint}\n` })
    const again = await cli(['conference', 'keygen', '--out', 'a.key'], { cwd })
    expect(again.exitCode).toBe(2)
    const piped = await cli(['conference', 'keygen', '--out', '-'])
    const { stdout } = await cli(['conference', 'fingerprint', '-'], { stdin: piped.stdout })
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
  })
})

describe('chartseal conference host and join', () => {
  it('joins, says, blocks, and ends; texts that look like commands are said', async () => {
    const { host, join } = await open('Anna', 'Ben')
    host.type('/wait 2')
    host.type('Blocked artery in patient 7: call me')
    const [anna, ben] = [join('Anna'), join('Ben')]
    await anna.until({ event: 'message', text: 'Blocked artery in patient 7: call me' })
    await ben.until({ event: 'message' })
    host.type('/block Ben')
    expect(await ben.exitCode).toBe(1)
    host.type('//block Anna')
    host.type('/frobnicate')
    host.type(`/block ${'x'.repeat(65)}`)
    host.type('é'.repeat(30_001))
    host.type('/who')
    await host.until({ event: 'who', members: ['Anna'] })
    await host.until({ event: 'unknown-command', command: '/frobnicate' })
    await host.until({ event: 'error', code: 'session/bad-id' })
    await host.until({ event: 'error', code: 'session/text-too-long' })
    await anna.until({ event: 'message', text: '/block Anna' })
    host.type('x'.repeat(5000))
    await anna.until({ event: 'message', text: 'x'.repeat(5000) })
    host.type('/quit')
    expect(await Promise.all([host.exitCode, anna.exitCode])).toEqual([0, 0])
    await anna.until({ event: 'ended', reason: 'disconnected' })
    expect(ben.texts()).toEqual(['Blocked artery in patient 7: call me'])
    // Neither session nor group keys, as bytes in hex: nothing of 32 bytes is told at all.
    for (const end of [host, anna, ben]) expect(JSON.stringify(end.events)).not.toMatch(/[0-9a-f]{64}/)
    for (const [end, joins] of [
      [host, 2],
      [anna, 1],
    ] as const) {
      const { rows } = await end.until({ event: 'performance' })
      expect(rows).toContainEqual(expect.objectContaining({ primitive: 'sign', calls: joins }))
    }
  })

  it('refuses a stranger, blocks both of a duplicate, and lets a patient go', async () => {
    const { host, join } = await open('Anna', 'Ben')
    const anna = join('Anna')
    await anna.until({ event: 'joined' })
    const stranger = join('Anna', 'Ben')
    expect(await stranger.exitCode).toBe(1)
    await stranger.until({ event: 'ended', reason: 'refused' })
    const ben = join('Ben')
    await ben.until({ event: 'joined' })
    ben.type('/quit')
    expect(await ben.exitCode).toBe(0)
    await host.until({ event: 'left', id: 'Ben', reason: 'exit' })
    const second = join('Anna')
    expect(await Promise.all([anna.exitCode, second.exitCode])).toEqual([1, 1])
    await host.until({ event: 'left', id: 'Anna', reason: 'duplicate' })
    host.endInput()
    expect(await host.exitCode).toBe(0)
  })

  it('outlives rubbish, a frame that is too long, and a reset', async () => {
    const { host, join, port } = await open('Anna')
    const sockets = [frameOf(Uint8Array.of(0xff)), Uint8Array.of(0xff, 0xff, 0xff, 0xff)].map(bytes => {
      const socket = createConnection(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(bytes)
      return new Promise(resolve => socket.on('close', resolve).resume())
    })
    await Promise.all(sockets)
    const reset = createConnection(Number(port), '127.0.0.1', () => reset.resetAndDestroy())
    reset.on('error', () => undefined)
    const anna = join('Anna')
    await anna.until({ event: 'joined' })
    await host.until({ event: 'refused', reason: 'encoding/invalid' })
    host.type('still here')
    await anna.until({ event: 'message', text: 'still here' })
    host.type('/quit')
    expect(await anna.exitCode).toBe(0)
  })

  it('ends for everybody at Ctrl-C, and for one patient at his own', async () => {
    const { host, join } = await open('Anna', 'Ben')
    const [anna, ben] = [join('Anna'), join('Ben')]
    await Promise.all([anna.until({ event: 'joined' }), ben.until({ event: 'joined' })])
    ben.interrupt()
    expect(await ben.exitCode).toBe(0)
    await host.until({ event: 'left', id: 'Ben', reason: 'exit' })
    host.interrupt()
    expect(await Promise.all([host.exitCode, anna.exitCode])).toEqual([0, 0])
    await anna.until({ event: 'ended', reason: 'disconnected' })
  })

  it('refuses wrong calls', async () => {
    const { folder: cwd, port } = await open()
    const pin = '0'.repeat(64)
    const host = ['conference', 'host', '--key-file', 'doctor.key']
    for (const wrong of [
      ['--patient', 'Anna'],
      ['--patient', `Anna=${pin}`, '--patient', `Anna=${pin}`],
      ['--host', 'example.org'],
      ['--port', '65536'],
    ]) {
      expect(await cli([...host, ...wrong], { cwd })).toMatchObject({ exitCode: 2 })
    }
    expect(await cli([...host, '--port', port], { cwd })).toMatchObject({ exitCode: 1 })
    const join = ['conference', 'join', '--key-file', 'doctor.key', '--id', 'A', '--doctor-fingerprint', pin]
    expect(await cli([...join, '--port', '1'], { cwd })).toMatchObject({ exitCode: 1 })
  })
})
