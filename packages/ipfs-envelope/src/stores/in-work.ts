/** Several pieces of work under way at once, up to a number. */
export class InWork {
  readonly #most: number
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(most: number) {
    this.#most = most
  }

  /** Begins the work as soon as there is room. @throws what earlier work failed with */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#most) await Promise.race(this.#running)
    this.#refuseAfterFailure()
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => void this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits for all of it. @throws what the first of it failed with */
  async finish(): Promise<void> {
    await Promise.all(this.#running)
    this.#refuseAfterFailure()
  }

  #refuseAfterFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
