/** Request ids to indexes, about 30 bytes each: a log of a million entries must not cost a gigabyte of strings. */

export const idBytes = 16

const chunkIds = 2 ** 16
const fewestSlots = 2 ** 10
/** Above this share of taken slots the table doubles. */
const fullest = 0.5

/** Open addressing over the ids themselves; `seed` keeps a chooser of ids from aiming at one slot. */
export class IdIndex {
  readonly #seed: number
  readonly #chunks: Uint8Array[] = []
  /** One more than the index of an id, 0 for a free slot. */
  #slots: Uint32Array = new Uint32Array(fewestSlots)
  #taken = 0

  constructor(seed: number) {
    this.#seed = seed | 1
  }

  /** The index of an id, or `null`. */
  find(id: Uint8Array): number | null {
    const found = this.#slots[this.#slotOf(id)] ?? 0
    return found === 0 ? null : found - 1
  }

  /** Does nothing when the id is known: the first index is the one. */
  add(id: Uint8Array, index: number): void {
    if (index + 1 >= 2 ** 32) throw new RangeError('the index of request ids takes 2^32 entries')
    if ((this.#taken + 1) / this.#slots.length > fullest) this.#grow()
    const slot = this.#slotOf(id)
    if (this.#slots[slot] !== 0) return
    this.#keep(id, index)
    this.#slots[slot] = index + 1
    this.#taken++
  }

  #keep(id: Uint8Array, index: number): void {
    const chunk = Math.floor(index / chunkIds)
    this.#chunks[chunk] ??= new Uint8Array(chunkIds * idBytes)
    this.#chunks[chunk]?.set(id, (index % chunkIds) * idBytes)
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (const entry of old) if (entry !== 0) this.#slots[this.#slotOf(this.#idAt(entry - 1))] = entry
  }

  #idAt(index: number): Uint8Array {
    const at = (index % chunkIds) * idBytes
    const chunk = this.#chunks[Math.floor(index / chunkIds)]
    if (chunk === undefined) throw new Error('internal: an id that was never kept')
    return chunk.subarray(at, at + idBytes)
  }

  /** Where the id stands, or the free slot where it belongs. */
  #slotOf(id: Uint8Array): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(id) & mask
    for (;;) {
      const entry = this.#slots[slot] ?? 0
      if (entry === 0 || this.#holds(entry - 1, id)) return slot
      slot = (slot + 1) & mask
    }
  }

  #holds(index: number, id: Uint8Array): boolean {
    const chunk = this.#chunks[Math.floor(index / chunkIds)]
    const at = (index % chunkIds) * idBytes
    for (let i = 0; i < idBytes; i++) if (chunk?.[at + i] !== id[i]) return false
    return true
  }

  #hash(id: Uint8Array): number {
    let hash = this.#seed
    for (let i = 0; i < idBytes; i += 4) {
      const word =
        (id[i] ?? 0) | ((id[i + 1] ?? 0) << 8) | ((id[i + 2] ?? 0) << 16) | ((id[i + 3] ?? 0) << 24)
      hash = Math.imul(hash ^ word, 0x85ebca6b)
      hash ^= hash >>> 15
    }
    return Math.imul(hash, 0xc2b2ae35) >>> 0
  }
}
