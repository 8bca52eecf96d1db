/** The chain of frames for all: where it stands, what the relay does not have yet, and the keys of its epochs. */
import { sha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'
import { chainStart } from '../conference/hello.js'
import type { ChainPlace, PastEpoch } from '../conference/payloads.js'
import { parseLogged } from '../conference/signed-frame.js'
import { decodeHeader, flags } from '../frames.js'
import type { JournalRecord } from './records.js'

interface Mark extends ChainPlace {
  readonly atMs: number
}

interface HeldEpoch {
  readonly epoch: number
  readonly first: bigint
  last: bigint
  readonly key: AeadKey
}

export interface PendingFrame {
  readonly sequence: bigint
  readonly frame: Uint8Array
}

type ChainRecord = Extract<JournalRecord, { t: 'epoch' | 'frame' | 'mark' | 'base' }>

// Dropped marks are cut off together.
const cutAt = 1_024

export class Chain {
  /** The number that was given to an epoch last. */
  epoch = 0
  /** Of the newest emergency message; 0n without one. */
  emergency = 0n
  #base: ChainPlace
  #newest: ChainPlace
  #marks: Mark[] = []
  #dropped = 0
  #pending: PendingFrame[] = []
  #epochs: HeldEpoch[] = []

  constructor(conferenceId: Uint8Array) {
    this.#base = { sequence: 0n, hash: sha256(chainStart(conferenceId)) }
    this.#newest = this.#base
  }

  /** The newest frame. */
  get newest(): ChainPlace {
    return this.#newest
  }

  /** Behind which everything is known. */
  get base(): ChainPlace {
    return this.#base
  }

  get pending(): readonly PendingFrame[] {
    return this.#pending
  }

  /** What the caller just made, or the journal has: not in the relay's log as far as is known. */
  append(frame: Uint8Array, atMs: number): void {
    const { sequence, epoch, flags: bits } = decodeHeader(frame)
    this.#pending.push({ sequence, frame })
    this.#mark({ sequence, hash: sha256(frame), atMs })
    this.epoch = Math.max(this.epoch, epoch)
    if ((bits & flags.emergency) !== 0) this.emergency = sequence
    const held = this.#epochs.at(-1)
    if (held?.epoch === epoch) held.last = sequence
  }

  #mark(mark: Mark): void {
    this.#marks.push(mark)
    this.#newest = { sequence: mark.sequence, hash: mark.hash }
  }

  /** The key of the epoch whose first broadcast this is; copied. */
  hold(epoch: number, first: bigint, last: bigint, key: Uint8Array): void {
    this.#epochs.push({ epoch, first, last, key: new AeadKey(key) })
    this.epoch = Math.max(this.epoch, epoch)
  }

  holds(epoch: number): boolean {
    return this.#epochs.at(-1)?.epoch === epoch
  }

  /** The relay's log has everything up to here. */
  logged(sequence: bigint): void {
    const keep = this.#pending.findIndex(one => one.sequence > sequence)
    this.#pending = keep < 0 ? [] : this.#pending.slice(keep)
  }

  /** `null` for a frame of which nothing is known. */
  at(sequence: bigint): ChainPlace | null {
    if (sequence === this.#base.sequence) return this.#base
    const index = Number(sequence - this.#base.sequence) - 1 + this.#dropped
    return index < this.#dropped ? null : (this.#marks[index] ?? null)
  }

  /**
   * Of broadcasts behind `after`, for a member since `since`: a key that opens anything older is never among them,
   * as each join leads to another epoch before the next broadcast.
   */
  epochsFor(after: bigint, since: bigint): readonly PastEpoch[] {
    let start = this.#epochs.length
    while (start > 0 && this.#isFor(start - 1, after, since)) start--
    return this.#epochs.slice(start).map(({ epoch, first, key }) => ({ epoch, first, key: key.reveal() }))
  }

  #isFor(index: number, after: bigint, since: bigint): boolean {
    const held = this.#epochs[index]
    return held !== undefined && held.last > after && held.first > since
  }

  /** Forgets everything up to a frame, with its keys. */
  forgetUpTo(sequence: bigint): void {
    for (let mark = this.#marks[this.#dropped]; mark !== undefined && mark.sequence <= sequence; ) {
      this.#base = { sequence: mark.sequence, hash: mark.hash }
      mark = this.#marks[++this.#dropped]
    }
    this.#forgetKeys()
  }

  /** The first frame that the relay does not have as far as is known; the next one, where it has all. */
  get firstPending(): bigint {
    return this.#pending[0]?.sequence ?? this.#newest.sequence + 1n
  }

  /** Forgets what is older, with its keys; whether keys were among it. Frames that are pending stay. */
  forget(beforeMs: number): boolean {
    const { firstPending } = this
    for (;;) {
      const mark = this.#marks[this.#dropped]
      if (mark === undefined || mark.atMs >= beforeMs || mark.sequence >= firstPending) break
      this.#base = { sequence: mark.sequence, hash: mark.hash }
      this.#dropped++
    }
    if (this.#dropped >= cutAt) {
      this.#marks = this.#marks.slice(this.#dropped)
      this.#dropped = 0
    }
    return this.#forgetKeys()
  }

  #forgetKeys(): boolean {
    const keep = this.#epochs.findIndex(({ last }) => last > this.#base.sequence)
    const old = this.#epochs.slice(0, keep < 0 ? this.#epochs.length : keep)
    if (old.length === 0) return false
    for (const { key } of old) key.wipe()
    this.#epochs = this.#epochs.slice(old.length)
    return true
  }

  /** Goes on behind another frame than its own newest: nothing older is known. */
  restart(place: ChainPlace, epoch: number): void {
    this.#base = { sequence: place.sequence, hash: place.hash }
    this.#newest = this.#base
    this.#marks = []
    this.#dropped = 0
    this.#pending = []
    this.#forgetKeys()
    this.epoch = Math.max(this.epoch, epoch)
  }

  /** One record of a journal. @throws ChartsealError of whoever wrote something else there */
  replay(record: ChainRecord): void {
    switch (record.t) {
      case 'epoch':
        this.hold(record.epoch, record.first, record.last, record.key)
        return
      case 'frame':
        this.append(record.frame, parseLogged(record.frame)?.atMs ?? 0)
        return
      case 'mark':
        this.#mark({ sequence: record.sequence, hash: record.hash, atMs: record.at })
        return
      case 'base':
        this.restart(record, record.epoch)
        this.emergency = record.emergency
    }
  }

  /** The records that give this chain. */
  records(): readonly JournalRecord[] {
    const { epoch, emergency } = this
    const pendingFrom = this.firstPending
    const marks = this.#marks.slice(this.#dropped).filter(({ sequence }) => sequence < pendingFrom)
    return [
      { t: 'base', ...this.#base, epoch, emergency },
      ...marks.map(({ sequence, hash, atMs }) => ({ t: 'mark', sequence, hash, at: atMs }) as const),
      ...this.#epochs.map(
        ({ key, ...held }) => ({ t: 'epoch', ...held, key: Uint8Array.from(key.reveal()) }) as const,
      ),
      ...this.#pending.map(({ frame }) => ({ t: 'frame', frame, waited: false }) as const),
    ]
  }

  wipe(): void {
    for (const { key } of this.#epochs) key.wipe()
  }
}
