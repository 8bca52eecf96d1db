/** What a hello meets before it reaches the core: the cheapest checks first, and no public-key work. */
import { concat, equal, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { TokenBuckets } from '@chartseal/core/token-bucket'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type ReadHello, readHello } from './hello.js'
import type { RelayPolicy } from './policy.js'
import { isAnswer, puzzleOf } from './puzzle.js'
import { maxPuzzleBits } from './refusal.js'

export interface GateOptions {
  readonly conference: Uint8Array
  readonly policy: RelayPolicy
  readonly clock: Clock
  readonly random: Random
}

/** `null` lets it pass. */
export type Verdict = null | {
  readonly reason: 'malformed' | 'too-many' | 'clock' | 'busy' | 'cookie' | 'puzzle'
  readonly retryMs: number
  readonly cookie?: Uint8Array
  readonly puzzleBits?: number
}

const label = encodeUtf8('chartseal/cookie/v2')
const keyBytes = 32
const macBytes = 16
/** A cookie is good in the minute in which it was given and in the next one. */
const windowMs = 60_000

export class HelloGate {
  readonly #options: GateOptions
  readonly #buckets: TokenBuckets
  readonly #key: Uint8Array

  constructor(options: GateOptions) {
    this.#options = options
    this.#buckets = new TokenBuckets(options.policy.hellos)
    this.#key = options.random.bytes(keyBytes)
  }

  /**
   * @param source the keyed hash of the network that it came from
   * @param waiting how many hellos the core has not decided yet
   * @param away how many were told to come again, and have not
   */
  judge(frame: Uint8Array, source: Uint8Array, waiting: number, away = 0): Verdict {
    const { clock, policy } = this.#options
    const nowMs = clock.nowMs()
    const retryMs = this.#buckets.take(encodeHex(source), nowMs)
    if (retryMs > 0) return { reason: 'too-many', retryMs }
    const hello = this.#read(frame)
    if (hello === null) {
      this.failed(source)
      return { reason: 'malformed', retryMs: 0 }
    }
    if (Math.abs(hello.sentAtMs - nowMs) > policy.maxSkewMs) return { reason: 'clock', retryMs: 0 }
    if (waiting >= policy.busyAt) return { reason: 'busy', retryMs: policy.retryMs }
    const load = waiting + away
    return load < policy.cookieAt ? null : this.#judgeUnderLoad(frame, hello, source, load)
  }

  /** What failed without anybody's proof is the source's. */
  failed(source: Uint8Array): void {
    const { clock, policy } = this.#options
    this.#buckets.charge(encodeHex(source), clock.nowMs(), policy.failureCost)
  }

  #read(frame: Uint8Array): ReadHello | null {
    try {
      const hello = readHello(frame)
      return equal(hello.conference, this.#options.conference) ? hello : null
    } catch {
      return null
    }
  }

  /** The cookie shows that answers reach the source; a ticket costs the core next to nothing, so no work is asked for it. */
  #judgeUnderLoad(frame: Uint8Array, hello: ReadHello, source: Uint8Array, load: number): Verdict {
    const { policy, clock } = this.#options
    const bits = hello.isResume || load < policy.puzzleAt ? 0 : this.#bits(load)
    const window = Math.floor(clock.nowMs() / windowMs)
    const given = hello.cookie[0] ?? 0
    const isKnown = [window, window - 1].some(one => equal(hello.cookie, this.#cookie(given, one, source)))
    if (isKnown && given >= bits && this.#isDone(frame, hello, given)) return null
    const cookie = this.#cookie(bits, window, source)
    return bits === 0
      ? { reason: 'cookie', retryMs: 0, cookie }
      : { reason: 'puzzle', retryMs: 0, cookie, puzzleBits: bits }
  }

  #isDone(frame: Uint8Array, { answer, answerAt, answerEnd }: ReadHello, bits: number): boolean {
    if (bits === 0) return true
    return isAnswer(puzzleOf(frame.subarray(0, answerAt), frame.subarray(answerEnd)), answer, bits)
  }

  #bits(load: number): number {
    const { puzzleBits, puzzleAt } = this.#options.policy
    return Math.min(maxPuzzleBits, puzzleBits + Math.floor(Math.log2(load / puzzleAt)))
  }

  /** Difficulty and a code over it, the minute and the source: nothing is remembered of whom it was given to. */
  #cookie(bits: number, window: number, source: Uint8Array): Uint8Array {
    const text = concat(label, Uint8Array.of(bits), fromBigIntBE(BigInt(window), 8), source)
    return concat(Uint8Array.of(bits), hmac(sha256, this.#key, text).subarray(0, macBytes))
  }
}
