/** Reading what the doctor says to all: signatures, the chain, the keys of the group. */
import { equal } from '@chartseal/core/bytes'
import type { VerifyingKey } from '@chartseal/core/ed25519'
import { ChartsealError } from '@chartseal/core/errors'
import { sha256 } from '@chartseal/core/hkdf'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { type Meter, measured } from '../conference/meter.js'
import { type ChainPlace, type GroupKeys, parseBroadcast } from '../conference/payloads.js'
import { isSigned, type LoggedFrame, openText, parseLogged } from '../conference/signed-frame.js'
import { flags, type Header } from '../frames.js'
import { epochKey, MemberPath } from '../tree.js'
import type { GapReason } from './types.js'

export interface ReadingOptions {
  readonly conferenceId: Uint8Array
  readonly doctor: VerifyingKey
  readonly meter: Meter | undefined
  /** The newest frame that is here; `null` before the first time. */
  readonly place: ChainPlace | null
}

/** Both ends included. */
export interface Gap {
  readonly from: bigint
  readonly to: bigint
  readonly reason: GapReason
}

export interface ReadMessage {
  readonly sequence: bigint
  readonly text: string
  readonly emergency: boolean
  readonly atMs: number
}

export type ReadResult =
  /** Not the doctor's, or here already. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'read'; readonly message: ReadMessage | null; readonly gap: Gap | null }
  /** Frames before it are missing, or it does not open: another session may help. */
  | { readonly kind: 'trouble' }

export class Reading {
  readonly #options: ReadingOptions
  #place: ChainPlace | null
  #path: MemberPath | null = null
  #epochs = new Map<number, AeadKey>()
  /** Behind which frame there was trouble. */
  #trouble: bigint | null = null

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#place = options.place
  }

  get place(): ChainPlace | null {
    return this.#place
  }

  get sequence(): bigint {
    return this.#place?.sequence ?? 0n
  }

  /**
   * Opcode 30 of a session: keys, and where the frames that follow begin.
   * @param since where the membership begins
   * @returns what is missing
   * @throws ChartsealError `conference/bad-path`
   */
  take(keys: GroupKeys, leafKey: SecretBytes, since: bigint): readonly Gap[] {
    for (const { epoch, key } of keys.epochs) {
      this.#epochs.get(epoch)?.wipe()
      this.#epochs.set(epoch, new AeadKey(key))
      key.fill(0)
    }
    // A session begins: what was of the one before may be of another tree.
    if (keys.after !== null) this.#dropPath()
    if (keys.path !== null) this.#newPath(keys.path, leafKey)
    return keys.after === null ? [] : this.#goTo(keys.after, keys.head, since)
  }

  #newPath(bytes: Uint8Array, leafKey: SecretBytes): void {
    const path = MemberPath.fromPath(bytes, leafKey, this.#options.conferenceId)
    bytes.fill(0)
    this.#dropPath()
    this.#path = path
  }

  #dropPath(): void {
    this.#path?.wipe()
    this.#path = null
  }

  #goTo(after: ChainPlace, head: ChainPlace, since: bigint): readonly Gap[] {
    const place = this.#place
    if (place === null) {
      this.#place = after
      return []
    }
    if (head.sequence < place.sequence) {
      this.#place = after
      return [{ from: head.sequence + 1n, to: place.sequence, reason: 'replaced' }]
    }
    if (after.sequence < place.sequence) return []
    this.#place = after
    if (after.sequence > place.sequence) return gapsBetween(place.sequence, after.sequence, since)
    if (equal(after.hash, place.hash)) return []
    return [{ from: place.sequence, to: place.sequence, reason: 'replaced' }]
  }

  /** A frame for all. */
  read(frame: Uint8Array, header: Header): ReadResult {
    const place = this.#place
    if (place === null || header.sequence <= place.sequence) return { kind: 'ignored' }
    const { conferenceId, doctor, meter } = this.#options
    const logged = parseLogged(frame)
    if (logged === null || !isSigned('broadcast', frame, conferenceId, doctor, meter)) {
      return { kind: 'ignored' }
    }
    const isNext = header.sequence === place.sequence + 1n
    if (isNext && equal(logged.previousHash, place.hash)) return this.#readNext(frame, header, logged)
    if (this.#isFirstTrouble(place.sequence)) return { kind: 'trouble' }
    return this.#passOver(frame, header, logged, isNext ? 'replaced' : 'withheld')
  }

  /** The first time another session is asked for; when the same comes again, it is said and passed over. */
  #isFirstTrouble(sequence: bigint): boolean {
    const isFirst = this.#trouble !== sequence
    this.#trouble = sequence
    return isFirst
  }

  #readNext(frame: Uint8Array, header: Header, logged: LoggedFrame): ReadResult {
    const message = this.#opened(frame, header, logged)
    if (message === 'closed') {
      if (this.#isFirstTrouble(this.sequence)) return { kind: 'trouble' }
      return this.#passOver(frame, header, logged, 'withheld')
    }
    this.#step(frame, header)
    return { kind: 'read', message, gap: null }
  }

  /** Goes on with this frame, and says what is missing before it or in it. */
  #passOver(
    frame: Uint8Array,
    header: Header,
    logged: LoggedFrame,
    reason: 'replaced' | 'withheld',
  ): ReadResult {
    const { sequence } = header
    const from = reason === 'replaced' ? this.sequence : this.sequence + 1n
    const message = this.#opened(frame, header, logged)
    this.#step(frame, header)
    if (message === 'closed') return { kind: 'read', message: null, gap: { from, to: sequence, reason } }
    return { kind: 'read', message, gap: { from, to: sequence - 1n, reason } }
  }

  #step(frame: Uint8Array, { sequence, epoch }: Header): void {
    this.#place = { sequence, hash: measured(this.#options.meter, 'hash', () => sha256(frame)) }
    this.#trouble = null
    for (const [old, key] of this.#epochs) {
      if (old >= epoch) continue
      key.wipe()
      this.#epochs.delete(old)
    }
  }

  #opened(frame: Uint8Array, header: Header, logged: LoggedFrame): ReadMessage | null | 'closed' {
    try {
      if (logged.commit.length > 0) this.#apply(logged.commit, header.epoch)
      if (logged.ciphertext.length === 0) return null
      const key = this.#keyOf(header.epoch, logged.incarnation)
      if (key === null) return 'closed'
      const { sequence } = header
      const plaintext = measured(this.#options.meter, 'open', () =>
        openText(frame, sequence, key, logged.ciphertext),
      )
      const emergency = (header.flags & flags.emergency) !== 0
      return { sequence, text: parseBroadcast(plaintext), emergency, atMs: logged.atMs }
    } catch (error) {
      if (error instanceof ChartsealError) return 'closed'
      throw error
    }
  }

  /** What the keys include already is passed over, and so is all of it while there is no path. */
  #apply(commit: Uint8Array, epoch: number): void {
    const path = this.#path
    if (path === null || epoch <= path.epoch) return
    measured(this.#options.meter, 'derive', () => path.apply(commit, epoch)).wipe()
  }

  #keyOf(epoch: number, incarnation: number): AeadKey | null {
    const known = this.#epochs.get(epoch)
    if (known !== undefined) return known
    if (this.#path?.epoch !== epoch) return null
    using rootKey = this.#path.rootKey()
    const key = epochKey(rootKey, this.#options.conferenceId, incarnation, epoch)
    this.#epochs.set(epoch, key)
    return key
  }

  /** A head: whether it is about another history than the one that is here. */
  isForeign({ sequence, hash }: ChainPlace): boolean {
    return this.#place !== null && sequence === this.#place.sequence && !equal(hash, this.#place.hash)
  }

  /** Keys only: where they are is kept. */
  wipe(): void {
    this.#dropPath()
    for (const key of this.#epochs.values()) key.wipe()
    this.#epochs.clear()
  }
}

function gapsBetween(place: bigint, after: bigint, since: bigint): readonly Gap[] {
  const end = since < after ? since : after
  const gaps: Gap[] = []
  if (end > place) gaps.push({ from: place + 1n, to: end, reason: 'not-member' })
  const start = end > place ? end : place
  if (after > start) gaps.push({ from: start + 1n, to: after, reason: 'not-kept' })
  return gaps
}
