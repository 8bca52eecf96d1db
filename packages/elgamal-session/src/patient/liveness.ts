/** Whether everything that the doctor said until a moment ago is here. */
import type { PatientPolicy } from './types.js'

interface LastHead {
  readonly sequence: bigint
  /** By the core's clock. */
  readonly atMs: number
  /** By this device's. */
  readonly receivedMs: number
}

export class Liveness {
  readonly #policy: PatientPolicy
  /** The core's clock ahead of this device's, as the session said. */
  #aheadMs = 0
  #head: LastHead | null = null
  #missingSinceMs: number | null = null

  constructor(policy: PatientPolicy) {
    this.#policy = policy
  }

  get aheadMs(): number {
    return this.#aheadMs
  }

  /** A new session: its word about the time and the newest frame. */
  begin(aheadMs: number): void {
    this.#aheadMs = aheadMs
    this.#head = null
    this.#missingSinceMs = null
  }

  /** A signed head, or the session's word. One that is not newer than the last says nothing. */
  heard(sequence: bigint, atMs: number, nowMs: number): void {
    if (this.#head !== null && atMs <= this.#head.atMs) return
    this.#head = { sequence, atMs, receivedMs: nowMs }
  }

  end(): void {
    this.#head = null
    this.#missingSinceMs = null
  }

  /** @param sequence of the newest frame that is here */
  isLive(sequence: bigint, nowMs: number): boolean {
    const head = this.#head
    if (head === null || sequence < head.sequence) return false
    return nowMs < this.#freshUntilMs(head)
  }

  #freshUntilMs({ atMs, receivedMs }: LastHead): number {
    return Math.min(atMs - this.#aheadMs, receivedMs) + this.#policy.liveMs
  }

  /** Frames were read: what is still missing is waited for anew. */
  progressed(): void {
    this.#missingSinceMs = null
  }

  /** Whether a new connection may help: nothing was heard for long, or what there is does not come. */
  isStuck(sequence: bigint, nowMs: number): boolean {
    const head = this.#head
    if (head === null) return false
    if (nowMs >= head.receivedMs + 2 * this.#policy.liveMs) return true
    if (sequence >= head.sequence) this.#missingSinceMs = null
    else this.#missingSinceMs ??= nowMs
    return this.#missingSinceMs !== null && nowMs >= this.#missingSinceMs + this.#policy.missingMs
  }

  get nextMs(): number {
    const head = this.#head
    if (head === null) return Number.POSITIVE_INFINITY
    const missingMs = this.#missingSinceMs ?? Number.POSITIVE_INFINITY
    return Math.min(this.#freshUntilMs(head), missingMs + this.#policy.missingMs)
  }
}
