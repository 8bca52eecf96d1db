/** How much of something everybody together may hold, and how much of it one name: a network that takes all leaves some. */
export class Shares {
  readonly #most: number
  readonly #mostOfName: number
  readonly #held = new Map<string, number>()
  #total = 0

  constructor(most: number, mostOfName: number) {
    this.#most = most
    this.#mostOfName = mostOfName
  }

  /** How much is held. */
  get total(): number {
    return this.#total
  }

  /** Whether there was so much left; then it is held until it is given back. */
  take(name: string, amount: number): boolean {
    const held = (this.#held.get(name) ?? 0) + amount
    if (held > this.#mostOfName || this.#total + amount > this.#most) return false
    this.#held.set(name, held)
    this.#total += amount
    return true
  }

  give(name: string, amount: number): void {
    const left = (this.#held.get(name) ?? 0) - amount
    if (left > 0) this.#held.set(name, left)
    else this.#held.delete(name)
    this.#total -= amount
  }
}
