/** What was asked of a hub, and is not answered yet. */

interface Asker {
  resolve(frames: readonly Uint8Array[]): void
  reject(error: Error): void
}

export class Questions {
  readonly #askers = new Map<number, Asker>()
  #next = 1
  #isOver = false

  /** Rejects where the log could not be read; nothing comes of a hub that is gone. @param send asks, by this number */
  ask(send: (question: number) => void): Promise<readonly Uint8Array[]> {
    if (this.#isOver) return Promise.resolve([])
    const question = this.#next
    // A u32, and never 0: those before it were answered long ago.
    this.#next = question === 0xff_ff_ff_ff ? 1 : question + 1
    return new Promise((resolve, reject) => {
      this.#askers.set(question, { resolve, reject })
      send(question)
    })
  }

  /** @param frames `null` where the log could not be read */
  answer(question: number, frames: readonly Uint8Array[] | null): void {
    const asker = this.#askers.get(question)
    this.#askers.delete(question)
    if (frames === null) asker?.reject(new Error('the hub could not read its log'))
    else asker?.resolve(frames)
  }

  /** No answer comes any more. */
  giveUp(): void {
    this.#isOver = true
    for (const { resolve } of this.#askers.values()) resolve([])
    this.#askers.clear()
  }
}
