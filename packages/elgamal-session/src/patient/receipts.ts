/** When the doctor's core is told what is here: at once for an emergency, else now and then. */

const never = Number.POSITIVE_INFINITY
const everyMs = 200

export class Receipts {
  /** The newest frame that was acknowledged, and when. */
  #sequence: bigint
  #atMs = 0
  #dueMs = never

  constructor(sequence: bigint) {
    this.#sequence = sequence
  }

  /** When there is something to acknowledge; Infinity without. */
  get dueMs(): number {
    return this.#dueMs
  }

  /** A session begins, which said what is here. */
  begin(sequence: bigint): void {
    this.#sequence = sequence
  }

  /** A frame was read: whether it is acknowledged at once. */
  isDueFor(isUrgent: boolean, nowMs: number): boolean {
    if (isUrgent || nowMs >= this.#atMs + everyMs) return true
    this.#dueMs = Math.min(this.#dueMs, nowMs + everyMs)
    return false
  }

  /** Whether this is more than was acknowledged; it counts as acknowledged then. */
  take(sequence: bigint, nowMs: number): boolean {
    this.#dueMs = never
    if (sequence === this.#sequence) return false
    this.#sequence = sequence
    this.#atMs = nowMs
    return true
  }
}
