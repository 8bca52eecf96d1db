/** A relay with sockets, a core and an event loop that a test moves by hand. */
import { concat } from '@chartseal/core/bytes'
import { systemRandom } from '@chartseal/core/system'
import { encodeHeader, type Header } from '@chartseal/elgamal-session/frames'
import {
  decodeRefusal,
  decodeToCore,
  encodeToRelay,
  type FrameLog,
  memoryFrameLog,
  Relay,
  type RelayPolicy,
  type ToCore,
  type ToRelay,
} from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'

export const conference = new Uint8Array(16).fill(7)
export const source = (number = 1): Uint8Array => new Uint8Array(16).fill(number)
export const startMs = 1_764_400_000_000

/** A reader that takes all at once, until it is stuck. */
export interface Reader {
  readonly got: Uint8Array[]
  pendingBytes: number
  isStuck: boolean
  closed: string | null
  /** How often it was written to. */
  writes: number
  /** The most that was ever on its way. */
  mostPendingBytes: number
}

export function header(fields: Partial<Header>): Uint8Array {
  return encodeHeader({ opcode: 40, flags: 0, suite: '25519', epoch: 0, sequence: 0n, ...fields })
}

const u64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

export interface HelloParts {
  readonly sentAtMs?: number
  readonly cookie?: Uint8Array
  readonly answer?: Uint8Array
  readonly flags?: number
  readonly conference?: Uint8Array
}

/** The hello up to and with its cookie, and what is behind its answer. */
export function helloParts(parts: HelloParts = {}): {
  readonly before: Uint8Array
  readonly behind: Uint8Array
} {
  const { sentAtMs = startMs, cookie = new Uint8Array(), flags = 0 } = parts
  const head = header({ opcode: 5, flags })
  const id = parts.conference ?? conference
  const before = concat(head, id, u64(sentAtMs), Uint8Array.of(cookie.length), cookie)
  return { before, behind: new Uint8Array(96).fill(3) }
}

export function hello(parts: HelloParts = {}): Uint8Array {
  const { before, behind } = helloParts(parts)
  const { answer = new Uint8Array() } = parts
  return concat(before, Uint8Array.of(answer.length), answer, behind)
}

/** A frame for all. */
export function broadcast(sequence: number, sizeBytes = 100, isUrgent = false): Uint8Array {
  const head = header({ sequence: BigInt(sequence), flags: isUrgent ? 10 : 8 })
  return concat(head, new Uint8Array(sizeBytes - head.length).fill(sequence % 251))
}

export const headFrame = (sequence: number): Uint8Array =>
  concat(header({ sequence: BigInt(sequence), flags: 12 }), Uint8Array.of(1))

export const numberOf = (frame: Uint8Array): number =>
  Number(new DataView(frame.buffer, frame.byteOffset).getBigUint64(8))

export interface RelayWorld {
  readonly relay: Relay
  readonly clock: ReturnType<typeof fixedClock>
  readonly log: FrameLog
  readonly readers: Map<number, Reader>
  readonly told: ToCore[]
  readonly faults: unknown[]
  readonly refused: string[]
  readonly ends: number[]
  core(message: ToRelay): void
  /** Connects, and says nothing yet. */
  connect(from?: number): number
  /** Connects, says hello and is made a member by the core. */
  member(after?: number): number
  /** Lets everything happen that waits. */
  settle(): Promise<void>
  /** One turn of the event loop. */
  turn(): boolean
  /** The reader takes what is on its way, at most so much. */
  read(connection: number, bytes?: number): void
  reader(connection: number): Reader
  /** Numbers of the frames for all that it has got. */
  numbers(connection: number): readonly number[]
  /** The reason of the newest refusal that it has got. */
  refusal(connection: number): string | null
}

export interface WorldOptions {
  readonly policy?: Partial<RelayPolicy>
  readonly log?: FrameLog
  readonly corePending?: () => number
}

function newReader(): Reader {
  return { got: [], pendingBytes: 0, isStuck: false, closed: null, writes: 0, mostPendingBytes: 0 }
}

function take(one: Reader, frames: readonly Uint8Array[]): number {
  if (one.closed !== null) throw new Error('written to behind its end')
  one.got.push(...frames)
  one.writes += 1
  if (one.isStuck) one.pendingBytes += frames.reduce((sum, { length }) => sum + length, 0)
  one.mostPendingBytes = Math.max(one.mostPendingBytes, one.pendingBytes)
  return one.pendingBytes
}

/** An event loop that is turned by hand. */
class Loop {
  readonly #work: (() => void)[] = []

  soon(one: () => void): void {
    this.#work.push(one)
  }

  turn(): boolean {
    const now = this.#work.splice(0)
    for (const one of now) one()
    return now.length > 0
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; ) {
      quiet = this.turn() ? 0 : quiet + 1
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

class Made implements RelayWorld {
  readonly relay: Relay
  readonly clock = fixedClock(startMs)
  readonly log: FrameLog
  readonly readers = new Map<number, Reader>()
  readonly told: ToCore[] = []
  readonly faults: unknown[] = []
  readonly refused: string[] = []
  readonly ends: number[] = []
  readonly #loop = new Loop()

  constructor({ policy = {}, log = memoryFrameLog(), corePending = () => 0 }: WorldOptions) {
    const { clock, told, faults, refused, ends } = this
    this.log = log
    this.relay = new Relay({
      conference,
      log,
      clock,
      random: systemRandom,
      policy,
      soon: one => this.#loop.soon(one),
      onEnd: () => ends.push(1),
      onFault: error => faults.push(error),
      counters: { delivered: () => undefined, refused: reason => refused.push(reason) },
      toCore(message) {
        told.push(decodeToCore(message))
        return corePending()
      },
      sockets: {
        write: (connection, frames) => take(this.reader(connection), frames),
        pendingBytes: connection => this.reader(connection).pendingBytes,
        close: (connection, reason) => {
          this.reader(connection).closed = reason
        },
      },
    })
  }

  core(message: ToRelay): void {
    this.relay.fromCore(encodeToRelay(message))
  }

  connect(from = 1): number {
    const connection = this.readers.size + 1
    this.readers.set(connection, newReader())
    this.relay.opened(connection, source(from))
    return connection
  }

  member(after = 0): number {
    const connection = this.connect()
    this.relay.received(connection, hello({ sentAtMs: this.clock.nowMs() }))
    this.core({ kind: 'admit', connection, after: BigInt(after) })
    return connection
  }

  settle(): Promise<void> {
    return this.#loop.settle()
  }

  turn(): boolean {
    return this.#loop.turn()
  }

  read(connection: number, bytes = Number.POSITIVE_INFINITY): void {
    const one = this.reader(connection)
    one.pendingBytes = Math.max(0, one.pendingBytes - bytes)
    this.relay.drained(connection, one.pendingBytes)
  }

  reader(connection: number): Reader {
    const found = this.readers.get(connection)
    if (found === undefined) throw new Error(`no connection ${connection}`)
    return found
  }

  numbers(connection: number): readonly number[] {
    const { got } = this.reader(connection)
    return got.filter(frame => frame[1] === 40 && frame[2] !== 12).map(numberOf)
  }

  refusal(connection: number): string | null {
    const last = this.reader(connection).got.findLast(frame => frame[1] === 60)
    return last === undefined ? null : decodeRefusal(last).reason
  }
}

export function relayWorld(options: WorldOptions = {}): RelayWorld {
  return new Made(options)
}
