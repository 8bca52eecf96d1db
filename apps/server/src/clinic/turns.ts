/** Works about one thing come one after the other, so that the second sees what the first has done. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** How many names have somebody at work. */
  get size(): number {
    return this.#last.size
  }

  /** Does the work when every earlier one under this name has ended, however it did. */
  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name)
    const mine = before === undefined ? work() : before.then(work, work)
    this.#last.set(name, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name)
    }
  }
}
