/** One timer for the pings of all connections: each has its turn about every 25 s, and those of one moment drift apart. */
import type { Random } from '@chartseal/core/ports'

interface Pinged {
  ping(): void
}

/** Below the 60 s after which proxies cut a connection on which nothing passes. */
const everyTurns = 25
const jitterTurns = 5
/** Asking the machine for one byte takes as long as for these. */
const drawnBytes = 256

export class PingWheel {
  readonly #random: Random
  readonly #slots: readonly Set<Pinged>[] = Array.from({ length: everyTurns }, () => new Set())
  readonly #slotOf = new Map<Pinged, number>()
  #drawn: Uint8Array = new Uint8Array(0)
  #used = 0
  #now = 0

  constructor(random: Random) {
    this.#random = random
  }

  get size(): number {
    return this.#slotOf.size
  }

  add(one: Pinged): void {
    this.#put(one, this.#draw(everyTurns) + 1)
  }

  remove(one: Pinged): void {
    this.#slots[this.#slotOf.get(one) ?? 0]?.delete(one)
    this.#slotOf.delete(one)
  }

  /** Once a second. */
  turn(): void {
    this.#now = (this.#now + 1) % everyTurns
    const due = [...(this.#slots[this.#now] ?? [])]
    for (const one of due) {
      one.ping()
      this.#put(one, everyTurns - this.#draw(jitterTurns))
    }
  }

  #put(one: Pinged, afterTurns: number): void {
    this.remove(one)
    const slot = (this.#now + afterTurns) % everyTurns
    this.#slots[slot]?.add(one)
    this.#slotOf.set(one, slot)
  }

  #draw(most: number): number {
    if (this.#used === this.#drawn.length) {
      this.#drawn = this.#random.bytes(drawnBytes)
      this.#used = 0
    }
    return (this.#drawn[this.#used++] ?? 0) % most
  }
}
