/** Waits for things that other parties do. */

const patienceMs = 15_000

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
      this.#waiting.add(look)
      look()
    })
  }
}
