/**
 * What a signer has promised: nonces, each for one checkpoint and for one share, in memory alone. Whoever repeats what
 * the server said gets the same answer, so nobody but the server uses a promise up or pushes one out.
 */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { NonceCommitment, Nonces } from '@chartseal/core/frost'
import type { Clock } from '@chartseal/core/ports'
import type { Remembered } from './signer-memory.js'

/** Nonces that were promised for one checkpoint. */
export interface Promised {
  readonly nonces: Nonces
  readonly next: Remembered
  /** The text that its proof led from; `null` for nothing. */
  readonly from: string | null
}

/** What was promised is signed within that, or not at all: a machine that was put back to a moment before finds it expired. */
const promiseMs = 30_000
/** One that is asked for again is given again while so much of its time is left that it can be used. */
const againMs = promiseMs / 2
/** The server asks for one signature at a time. */
const maxPromises = 4

export class Promises {
  readonly #clock: Clock
  /** By the hiding commitment, oldest first. */
  readonly #promised = new Map<string, Promised & { readonly atMs: number }>()
  /** The newest shares that left, by the same. */
  readonly #given = new Map<string, { readonly request: string; readonly share: string }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that were promised a moment ago for the same; `null` for none. */
  again(text: string, from: string | null): Nonces | null {
    const all = [...this.#promised.values()]
    const found = all.find(
      one => one.next.text === text && one.from === from && this.#isWithin(one.atMs, againMs),
    )
    return found?.nonces ?? null
  }

  /** Of too many those go that are for the smallest checkpoints: a log that grows does not ask for them any more. */
  add(promised: Promised): void {
    const own = nameOf(promised.nonces.commitment)
    if (this.#promised.has(own)) return
    this.#promised.set(own, { ...promised, atMs: this.#clock.nowMs() })
    const living = [...this.#promised].filter(([, { atMs }]) => this.#isWithin(atMs, promiseMs))
    const bySize = living.toSorted(([, a], [, b]) => b.next.checkpoint.size - a.next.checkpoint.size)
    const kept = new Set(bySize.slice(0, maxPromises).map(([name]) => name))
    for (const [name, { nonces }] of this.#promised) {
      if (kept.has(name)) continue
      nonces.wipe()
      this.#promised.delete(name)
    }
  }

  has(own: NonceCommitment): boolean {
    return this.#promised.has(nameOf(own))
  }

  /** Never a second time; `null` for what was not promised, or too long ago. */
  take(own: NonceCommitment): Promised | null {
    const name = nameOf(own)
    const promised = this.#promised.get(name)
    if (promised === undefined) return null
    this.#promised.delete(name)
    const { commitment } = promised.nonces
    if (this.#isWithin(promised.atMs, promiseMs) && equal(commitment.binding, own.binding)) return promised
    promised.nonces.wipe()
    return null
  }

  /** Remembers the share that this request was answered with. */
  give(own: NonceCommitment, request: string, share: string): void {
    this.#given.set(nameOf(own), { request, share })
    for (const name of [...this.#given.keys()].slice(0, -maxPromises)) this.#given.delete(name)
  }

  /** `null` for every other request. */
  givenFor(own: NonceCommitment, request: string): string | null {
    const given = this.#given.get(nameOf(own))
    return given?.request === request ? given.share : null
  }

  #isWithin(atMs: number, limitMs: number): boolean {
    const passedMs = this.#clock.nowMs() - atMs
    return passedMs >= 0 && passedMs <= limitMs
  }
}

const nameOf = ({ hiding }: NonceCommitment): string => encodeHex(hiding)
