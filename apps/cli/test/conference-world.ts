/** A conference on this machine: enrolled patients, and command lines that run while a test types. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  addAnswer,
  addInvitation,
  type ConferenceBook,
  createConference,
  encodeBook,
  encodeSeat,
  parseInvitation,
  takeSeat,
} from '@chartseal/clinic/conference'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { onTestFinished } from 'vitest'
import type { Io } from '../dist/io/io.js'
import { run } from '../dist/run.js'
import { Sink, worldIo } from './cli.js'

export type Event = Readonly<Record<string, unknown>>

const hourMs = 3_600_000

/** Invites a patient and takes the answer, without the messages: those have tests of their own. */
export function enrolled(book: ConferenceBook, name: string, folder: string): ConferenceBook {
  const world = { nowMs: systemClock.nowMs(), random: systemRandom }
  const peer = { pair: name, name }
  const { book: invited, body } = addInvitation(book, peer, world)
  const seat = takeSeat(parseInvitation(body), 'Dr. Okafor', world)
  writeFileSync(join(folder, `${name}.seat`), encodeSeat(seat))
  const answer = { id: seat.id, staticKey: seat.staticKey.publicKey }
  return addAnswer(invited, peer, answer, world.nowMs).book
}

/** The file `round`, and a seat for each name. */
export function writeConference(
  folder: string,
  names: readonly string[],
  suite: '25519' | 'ffdhe3072' = '25519',
): ConferenceBook {
  const untilMs = systemClock.nowMs() + hourMs
  const empty = createConference({ title: 'Round', suite, untilMs }, systemRandom)
  const book = names.reduce((before, name) => enrolled(before, name, folder), empty)
  writeFileSync(join(folder, 'round'), encodeBook(book))
  return book
}

/** One end of a conference as a command line that runs while the test types. */
export class End {
  readonly #stdin = new PassThrough()
  readonly #stdout = new Sink()
  readonly #stderr = new Sink()
  readonly exitCode: Promise<number>

  /** Ctrl-C, once the command listens for it. */
  interrupt: (signal?: 'SIGINT' | 'SIGTERM') => void = () => undefined

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
    onTestFinished(async () => {
      this.#stdin.write('/pause\n')
      await this.exitCode
    })
  }

  type(line: string | Uint8Array): void {
    this.#stdin.write(line)
    this.#stdin.write('\n')
  }

  breakInput(): void {
    this.#stdin.destroy(new Error('read EIO'))
  }

  endInput(): void {
    this.#stdin.end()
  }

  get events(): readonly Event[] {
    const lines = this.#stdout.text.split('\n').slice(0, -1)
    return lines.map(line => JSON.parse(line))
  }

  get errors(): string {
    return this.#stderr.text
  }

  /** Waits until an event with these fields was told, so many times. */
  async until(fields: Event, times = 1): Promise<Event> {
    for (let i = 0; i < 12_000; i++) {
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

/** A host that listens on a free port. */
export async function hosted(
  folder: string,
  listen = '127.0.0.1:0',
  ...more: readonly string[]
): Promise<{ readonly host: End; readonly address: string }> {
  const host = new End(folder, 'host', '--conference', 'round', '--listen', listen, ...more)
  const { port } = await host.until({ event: 'listening' })
  return { host, address: `127.0.0.1:${port}` }
}

export const joined = (folder: string, name: string, address: string): End =>
  new End(folder, 'join', '--seat', `${name}.seat`, '--address', address)
