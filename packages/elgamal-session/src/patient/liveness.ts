/** Whether everything that the doctor said until a moment ago is here. */
import type { PatientPolicy } from './types.js'

interface LastHead {
  readonly sequence: bigint
  /** By the core's clock. */
  readonly atMs: number
  /** By this device's. */
  readonly receivedMs: number
}

/** A clock is corrected by so much now and then. */
const maxStepBackMs = 1_000

export class Liveness {
  readonly #policy: PatientPolicy
  /** The core's clock ahead of this device's, as the session said. */
  #aheadMs = 0
  #head: LastHead | null = null
  #missingSinceMs: number | null = null
  /** The latest time of this device since the session began; one that ran backwards tells no age any more. */
  #latestMs = Number.NEGATIVE_INFINITY
  #isBack = false

  constructor(policy: PatientPolicy) {
    this.#policy = policy
  }

  get aheadMs(): number {
    return this.#aheadMs
  }

  /** A new session: its word about the time and the newest frame. */
  begin(aheadMs: number): void {
    this.#aheadMs = aheadMs
    this.end()
  }

  /** A signed head, or the session's word. One that is not newer than the last says nothing. */
  heard(sequence: bigint, atMs: number, nowMs: number): void {
    this.#look(nowMs)
    if (this.#head !== null && atMs <= this.#head.atMs) return
    this.#head = { sequence, atMs, receivedMs: nowMs }
  }

  end(): void {
    this.#head = null
    this.#missingSinceMs = null
    this.#latestMs = Number.NEGATIVE_INFINITY
    this.#isBack = false
  }

  #look(nowMs: number): void {
    if (nowMs < this.#latestMs - maxStepBackMs) this.#isBack = true
    this.#latestMs = Math.max(this.#latestMs, nowMs)
  }

  /** @param sequence of the newest frame that is here */
  isLive(sequence: bigint, nowMs: number): boolean {
    this.#look(nowMs)
    const head = this.#head
    if (head === null || sequence < head.sequence || this.#isBack) return false
    return nowMs < this.#freshUntilMs(head)
  }

  #freshUntilMs({ atMs, receivedMs }: LastHead): number {
    return Math.min(atMs - this.#aheadMs, receivedMs) + this.#policy.liveMs
  }

  /** Frames were read: what is still missing is waited for anew. */
  progressed(): void {
    this.#missingSinceMs = null
  }

  /**
   * Whether a new connection may help: nothing was heard for long, what there is does not come, or this device's clock was
   * put back, so that nobody knows how old anything is.
   */
  isStuck(sequence: bigint, nowMs: number): boolean {
    this.#look(nowMs)
    const head = this.#head
    if (this.#isBack) return true
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
