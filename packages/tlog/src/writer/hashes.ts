/** Merkle hashing of many leaves and nodes at once, RFC 9162 2.1.1. */
import type { Engine } from '@chartseal/core/engine'

export const hashBytes = 32
/** How many hashes a full tile has, and how many leaves a full bundle. */
export const tileWidth = 256

const leafPrefix = 0x00
const nodePrefix = 0x01

/** The hash of each leaf. */
export function leafHashes(leaves: readonly Uint8Array[], engine: Engine): readonly Uint8Array[] {
  const messages = new Uint8Array(leaves.reduce((sum, leaf) => sum + leaf.length + 1, 0))
  let end = 0
  return engine.sha256Many(
    leaves.map(leaf => {
      const start = end
      messages[start] = leafPrefix
      messages.set(leaf, start + 1)
      end = start + 1 + leaf.length
      return messages.subarray(start, end)
    }),
  )
}

/** Hashes nodes; keeps the memory of one tile's messages. */
export class NodeHasher {
  readonly #engine: Engine
  readonly #messages: readonly Uint8Array[] = Array.from({ length: tileWidth / 2 }, () => {
    const message = new Uint8Array(1 + 2 * hashBytes)
    message[0] = nodePrefix
    return message
  })

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The root over hashes that stand one after the other: a power of two of them, a tile's at most. */
  fold(hashes: Uint8Array): Uint8Array {
    let level = hashes
    while (level.length > hashBytes) level = this.#parents(level)
    return level.slice()
  }

  #parents(hashes: Uint8Array): Uint8Array {
    const messages = this.#messages.slice(0, hashes.length / hashBytes / 2)
    let from = 0
    for (const message of messages) {
      message.set(hashes.subarray(from, from + 2 * hashBytes), 1)
      from += 2 * hashBytes
    }
    const above = new Uint8Array(hashes.length / 2)
    let to = 0
    for (const hash of this.#engine.sha256Many(messages)) {
      above.set(hash, to)
      to += hashBytes
    }
    return above
  }

  /** The roots of the complete subtrees that so many hashes split into, the largest first. */
  peaks(hashes: Uint8Array): readonly Uint8Array[] {
    const peaks: Uint8Array[] = []
    let [rest, from] = [hashes.length / hashBytes, 0]
    while (rest > 0) {
      const count = 2 ** Math.floor(Math.log2(rest))
      peaks.push(this.fold(hashes.subarray(from * hashBytes, (from + count) * hashBytes)))
      from += count
      rest -= count
    }
    return peaks
  }
}
