/** Waits for things that other parties do. */

const patienceMs = 15_000
/** What a party knows without being told is looked at now and then. */
const lookMs = 50

export class Watch {
  readonly #waiting = new Set<() => void>()

  /** Something happened: whoever waits looks again. */
  changed(): void {
    for (const look of this.#waiting) look()
  }

  /** Resolves once `condition` holds; rejects when it does not in fifteen seconds. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        clearInterval(now)
        this.#waiting.delete(look)
      }
      const look = (): void => {
        if (!condition()) return
        end()
        resolve()
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`waited too long for ${what}`))
      }, patienceMs)
      const now = setInterval(look, lookMs)
      this.#waiting.add(look)
      look()
    })
  }
}
