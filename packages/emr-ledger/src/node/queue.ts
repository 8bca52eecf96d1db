/** One thing after the other, in the order of the calls; what fails holds nothing up. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(step)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Resolves when everything that was asked for is over. */
  async idle(): Promise<void> {
    await this.#last
  }
}
