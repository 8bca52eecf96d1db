/** One reader of a slot who waits for what may come. */
export class SlotWait {
  readonly #leave: () => void
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  #came = false
  #isOver: boolean
  #go: () => void = () => undefined

  /**
   * @param forMs by a timer, so that a clock that is set neither ends the wait nor makes it longer
   * @param leave called once, at its end
   */
  constructor(forMs: number, signal: AbortSignal, leave: () => void) {
    this.#leave = leave
    this.#signal = signal
    this.#isOver = signal.aborted
    this.#timer = setTimeout(this.#finish, forMs)
    signal.addEventListener('abort', this.#finish)
  }

  /** Whether something came since it was asked last; false when the time is over, or nobody waits any more. */
  async next(): Promise<boolean> {
    if (!this.#came && !this.#isOver) {
      await new Promise<void>(resolve => {
        this.#go = resolve
      })
    }
    const came = this.#came
    this.#came = false
    return came
  }

  /** Something came. */
  wake(): void {
    this.#came = true
    this.#go()
  }

  /** Nothing more comes. */
  finish(): void {
    this.#finish()
  }

  /** Once, when nobody looks at it any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#finish)
    this.#leave()
  }

  readonly #finish = (): void => {
    this.#isOver = true
    this.#go()
  }
}
