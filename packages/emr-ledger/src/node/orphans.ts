/** Blocks whose parent is not here: few, and the oldest goes when another comes. */
import { encodeHex } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import type { Block } from '../v2/block.js'

const mostBytes = 2 ** 24

export class Orphans {
  readonly #most: number
  readonly #blocks = new Map<string, Block>()
  #sizeBytes = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#blocks.size
  }

  add(block: Block): void {
    const key = keyOf(block)
    if (this.#blocks.has(key)) return
    this.#blocks.set(key, block)
    this.#sizeBytes += block.bytes.length
    for (const [oldest, one] of this.#blocks) {
      if (this.#blocks.size <= this.#most && this.#sizeBytes <= mostBytes) return
      this.#remove(oldest, one)
    }
  }

  /** Takes those out that stand on this block. */
  takeChildren(parent: Uint8Array): readonly Block[] {
    const wanted = encodeHex(parent)
    const found = [...this.#blocks].filter(([, block]) => encodeHex(block.header.previous) === wanted)
    for (const [key, block] of found) this.#remove(key, block)
    return found.map(([, block]) => block)
  }

  #remove(key: string, block: Block): void {
    this.#blocks.delete(key)
    this.#sizeBytes -= block.bytes.length
  }
}

// Not the id alone: the seal is not covered by it, and a wrong one must not keep the right one out.
const keyOf = ({ header, seal }: Block): string => `${encodeHex(header.id)}${encodeHex(sha256(seal))}`
