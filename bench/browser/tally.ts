/** Counts what holds and names what does not; a check goes on after a failure. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { CheckResult } from '../dist/page/findings.js'

export class Tally {
  #passed = 0
  readonly #failures: string[] = []
  readonly #notes: string[] = []
  readonly #startMs = performance.now()

  note(text: string): void {
    this.#notes.push(text)
  }

  /** Bytes by content, everything else by `===`. */
  same(what: string, actual: unknown, expected: unknown): void {
    const isSame =
      actual instanceof Uint8Array && expected instanceof Uint8Array
        ? equal(actual, expected)
        : actual === expected
    if (isSame) this.#passed += 1
    else this.#failures.push(`${what}: ${show(actual)} instead of ${show(expected)}`)
  }

  holds(what: string, condition: boolean): void {
    this.same(what, condition, true)
  }

  /** Whatever `work` throws is a failure of this name. */
  async try(what: string, work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failures.push(`${what}: ${error}`)
    }
  }

  /** Counts the case; whatever it throws is its failure. */
  async passes(what: string, work: () => unknown): Promise<void> {
    await this.try(what, async () => {
      await work()
      this.#passed += 1
    })
  }

  async refuses(what: string, code: string, work: () => unknown): Promise<void> {
    this.same(what, await codeOf(work), code)
  }

  result(name: string): CheckResult {
    const seconds = (performance.now() - this.#startMs) / 1e3
    return { name, passed: this.#passed, failures: this.#failures, notes: this.#notes, seconds }
  }
}

const show = (value: unknown): string => (value instanceof Uint8Array ? `${value.length} bytes` : `${value}`)

/** The code, or else the name, of what `work` is refused with. */
async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'accepted'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    return error instanceof Error || error instanceof DOMException ? error.name : `${error}`
  }
}
