/** What a machine gives out, carried out in order: whatever follows a record waits until that is durable. */

export interface OutboxOptions<Output> {
  isStored(output: Output): boolean
  /** Makes all of these durable, in their order. */
  store(outputs: readonly Output[]): Promise<void>
  /** What it gives is waited for. */
  act(output: Output): unknown
  /** Comes about before any record that follows it is stored. */
  isTold?(output: Output): boolean
  /** Nothing that depends on what could not be stored is carried out any more. */
  failed(error: unknown): void
}

export class Outbox<Output> {
  readonly #options: OutboxOptions<Output>
  #queue: Output[] = []
  #running: Promise<void> | null = null
  #hasFailed = false

  constructor(options: OutboxOptions<Output>) {
    this.#options = options
  }

  push(outputs: readonly Output[]): void {
    if (this.#hasFailed || outputs.length === 0) return
    this.#queue.push(...outputs)
    this.#running ??= this.#run()
  }

  /** Resolves when everything so far is carried out, or never will be. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#carryOut(this.#queue.splice(0))
      // In the same step in which the queue was empty: what comes later begins anew.
      this.#running = null
    } catch (error) {
      this.#running = null
      this.#hasFailed = true
      this.#queue = []
      this.#options.failed(error)
    }
  }

  async #carryOut(batch: readonly Output[]): Promise<void> {
    for (const part of this.#parts(batch)) await this.#carryOutPart(part)
  }

  /** One write for all that wait: a record may be durable before it is needed, never after. */
  async #carryOutPart(part: readonly Output[]): Promise<void> {
    const { isStored, store, act } = this.#options
    const stored = part.filter(isStored)
    if (stored.length > 0) await store(stored)
    for (const output of part) {
      const done = isStored(output) ? undefined : act(output)
      if (done !== undefined) await done
    }
  }

  #parts(batch: readonly Output[]): readonly (readonly Output[])[] {
    const { isStored, isTold = () => false } = this.#options
    const parts: Output[][] = []
    let part: Output[] = []
    let hasTold = false
    for (const output of batch) {
      if (hasTold && isStored(output)) {
        parts.push(part)
        part = []
        hasTold = false
      }
      part.push(output)
      hasTold ||= isTold(output)
    }
    return [...parts, part]
  }
}
