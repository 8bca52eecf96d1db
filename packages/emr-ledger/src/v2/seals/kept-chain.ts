/** The kept blocks above a base, for keepers whose blocks need no votes. */
import { encodeHex } from '@chartseal/core/encoding'
import type { ReadHeader } from '../header.js'
import type { SealedHeader, SealMemory } from '../seal.js'

export interface KeptBlock<Memory> {
  readonly header: ReadHeader
  readonly memory: Memory
  /** `null` for the base. */
  readonly parent: KeptBlock<Memory> | null
}

export class KeptChain<Memory extends SealMemory> {
  readonly #nodes = new Map<string, KeptBlock<Memory>>()
  #base: KeptBlock<Memory>

  constructor(header: ReadHeader, memory: Memory) {
    this.#base = { header, memory, parent: null }
    this.#nodes.set(encodeHex(header.id), this.#base)
  }

  get base(): KeptBlock<Memory> {
    return this.#base
  }

  find(id: Uint8Array): KeptBlock<Memory> | null {
    return this.#nodes.get(encodeHex(id)) ?? null
  }

  /** @throws RangeError */
  get(id: Uint8Array): KeptBlock<Memory> {
    const found = this.find(id)
    if (found === null) throw new RangeError('the block must be one that is kept')
    return found
  }

  /** @throws RangeError when the parent is not kept */
  add({ header }: SealedHeader, memoryOf: (parent: KeptBlock<Memory>) => Memory): KeptBlock<Memory> {
    const known = this.find(header.id)
    if (known !== null) return known
    const parent = this.get(header.previous)
    const added = { header, memory: memoryOf(parent), parent }
    this.#nodes.set(encodeHex(header.id), added)
    return added
  }

  /** From now on the base; what does not stand on it is forgotten. @throws RangeError */
  rebase(id: Uint8Array): void {
    const at = this.get(id)
    // Parents stand before their children, here and in what is made anew.
    const kept = new Set([at])
    for (const node of this.#nodes.values()) if (node.parent !== null && kept.has(node.parent)) kept.add(node)
    kept.delete(at)
    this.#base = { ...at, parent: null }
    this.#nodes.clear()
    this.#nodes.set(encodeHex(id), this.#base)
    // Each finds its own anew, so that nothing holds what is below.
    for (const { header, memory } of kept)
      this.#nodes.set(encodeHex(header.id), { header, memory, parent: this.get(header.previous) })
  }

  /** From the one above the base up to this one. */
  pathTo(top: KeptBlock<Memory>): readonly KeptBlock<Memory>[] {
    const path: KeptBlock<Memory>[] = []
    for (let at = top; at.parent !== null; at = at.parent) path.push(at)
    return path.reverse()
  }
}
