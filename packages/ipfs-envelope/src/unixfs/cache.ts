/** Values that took long to get, the last used ones kept, up to a bound in bytes. */

interface Kept<Value> {
  readonly value: Promise<Value>
  costBytes: number
}

export class BoundedCache<Value> {
  readonly #kept = new Map<string, Kept<Value>>()
  readonly #maxBytes: number
  readonly #costOf: (value: Value) => number
  #bytes = 0

  constructor(maxBytes: number, costOf: (value: Value) => number) {
    this.#maxBytes = maxBytes
    this.#costOf = costOf
  }

  /** What is kept under the name, or what `make` gives: made once for all who ask meanwhile. A failure is not kept. */
  get(name: string, make: () => Promise<Value>): Promise<Value> {
    const found = this.#kept.get(name) ?? this.#begin(name, make)
    // A map keeps the order of insertion: the last used one goes to its end.
    this.#kept.delete(name)
    this.#kept.set(name, found)
    return found.value
  }

  #begin(name: string, make: () => Promise<Value>): Kept<Value> {
    const entry: Kept<Value> = { value: make(), costBytes: 0 }
    entry.value.then(
      value => this.#settle(entry, this.#costOf(value)),
      () => this.#kept.delete(name),
    )
    return entry
  }

  #settle(entry: Kept<Value>, costBytes: number): void {
    entry.costBytes = costBytes
    this.#bytes += costBytes
    for (const [name, { costBytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return
      // Nothing is known yet of what is still on its way.
      if (freed === 0) continue
      this.#kept.delete(name)
      this.#bytes -= freed
    }
  }
}
