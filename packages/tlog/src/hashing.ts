/** RFC 9162 2.1.1, many at once: hashes stand one after the other in one array, 32 bytes each. */
import type { Engine } from '@chartseal/core/engine'
import { hashBytes, tileWidth } from './tiles.js'

const leafPrefix = 0x00
const nodePrefix = 0x01
const nodeBytes = 1 + 2 * hashBytes
/** More memory than this is not kept between two calls. */
const maxKept = 2 ** 20

/** Hashes leaves and nodes in batches, in memory that it keeps. */
export class TreeHasher {
  readonly #engine: Engine
  readonly #nodes: readonly Uint8Array[]
  #leaves = new Uint8Array(2 ** 17)

  constructor(engine: Engine) {
    this.#engine = engine
    const memory = new Uint8Array((tileWidth / 2) * nodeBytes)
    this.#nodes = Array.from({ length: tileWidth / 2 }, (_, i) => {
      const node = memory.subarray(i * nodeBytes, (i + 1) * nodeBytes)
      node[0] = nodePrefix
      return node
    })
  }

  /** The hash of each leaf. */
  leafHashes(leaves: readonly Uint8Array[]): Uint8Array {
    const messages: Uint8Array[] = []
    const memory = this.#room(leaves)
    let offset = 0
    for (const leaf of leaves) {
      memory[offset] = leafPrefix
      memory.set(leaf, offset + 1)
      messages.push(memory.subarray(offset, offset + 1 + leaf.length))
      offset += 1 + leaf.length
    }
    return this.#hash(messages)
  }

  /** The root over 1 to 257 hashes: of a full tile, or of an edge with what is below it as its last hash. */
  rootOf(hashes: Uint8Array): Uint8Array {
    let level = hashes
    while (level.length > hashBytes) level = this.#parents(level)
    return new Uint8Array(level)
  }

  /** The root over the edges of a tree, from the highest level down; without any it is the hash of nothing. */
  rootOfEdges(edges: readonly Uint8Array[]): Uint8Array {
    let below: Uint8Array = new Uint8Array()
    for (const edge of [...edges].reverse()) {
      const hashes = new Uint8Array(edge.length + below.length)
      hashes.set(edge)
      hashes.set(below, edge.length)
      if (hashes.length > 0) below = this.rootOf(hashes)
    }
    return below.length === 0 ? this.#engine.sha256(below) : below
  }

  /** The last one of an odd number stays as it is: 2.1.1 splits at the largest power of two. */
  #parents(hashes: Uint8Array): Uint8Array {
    const pairs = Math.floor(hashes.length / (2 * hashBytes))
    const rest = hashes.subarray(pairs * 2 * hashBytes)
    const messages = this.#nodes.slice(0, pairs)
    for (let i = 0; i < pairs; i++) {
      messages[i]?.set(hashes.subarray(i * 2 * hashBytes, (i + 1) * 2 * hashBytes), 1)
    }
    const parents = new Uint8Array(pairs * hashBytes + rest.length)
    parents.set(this.#hash(messages))
    parents.set(rest, pairs * hashBytes)
    return parents
  }

  #hash(messages: readonly Uint8Array[]): Uint8Array {
    const hashes = new Uint8Array(messages.length * hashBytes)
    let offset = 0
    for (const digest of this.#engine.sha256Many(messages)) {
      hashes.set(digest, offset)
      offset += hashBytes
    }
    return hashes
  }

  #room(leaves: readonly Uint8Array[]): Uint8Array {
    const needed = leaves.reduce((sum, leaf) => sum + 1 + leaf.length, 0)
    if (needed > maxKept) return new Uint8Array(needed)
    if (this.#leaves.length < needed) this.#leaves = new Uint8Array(needed)
    return this.#leaves
  }
}

/** Hash `i` of several, as a view. */
export function hashAt(hashes: Uint8Array, i: number): Uint8Array {
  return hashes.subarray(i * hashBytes, (i + 1) * hashBytes)
}

/** Not for secrets: hashes of a log are public. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
