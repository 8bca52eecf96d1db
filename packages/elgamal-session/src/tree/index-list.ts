/** Indexes of nodes, in memory that stays: a commit on one path would leave an array behind on each level. */
export class IndexList {
  #indexes: Uint32Array<ArrayBuffer> = new Uint32Array(4)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(index: number): void {
    if (this.#count === this.#indexes.length) {
      const larger = new Uint32Array(2 * this.#count)
      larger.set(this.#indexes)
      this.#indexes = larger
    }
    this.#indexes[this.#count++] = index
  }

  at(place: number): number {
    return this.#indexes[place] ?? 0
  }

  /** The lowest first. */
  sort(): void {
    if (this.#count > 1) this.#indexes.subarray(0, this.#count).sort()
  }

  clear(): void {
    this.#count = 0
  }
}
