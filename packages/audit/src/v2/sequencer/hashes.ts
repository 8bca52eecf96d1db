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

/** The root over hashes that stand one after the other; their number is a power of two. */
export function foldHashes(hashes: Uint8Array, engine: Engine): Uint8Array {
  let level = hashes
  while (level.length > hashBytes) level = parents(level, engine)
  return level.slice()
}

function parents(hashes: Uint8Array, engine: Engine): Uint8Array {
  const messages: Uint8Array[] = []
  for (let at = 0; at < hashes.length; at += 2 * hashBytes) {
    const message = new Uint8Array(1 + 2 * hashBytes)
    message[0] = nodePrefix
    message.set(hashes.subarray(at, at + 2 * hashBytes), 1)
    messages.push(message)
  }
  const above = new Uint8Array(messages.length * hashBytes)
  for (const [i, hash] of engine.sha256Many(messages).entries()) above.set(hash, i * hashBytes)
  return above
}

/** The roots of the complete subtrees that so many hashes split into, the largest first. */
export function peaksOf(hashes: Uint8Array, engine: Engine): readonly Uint8Array[] {
  const peaks: Uint8Array[] = []
  let [rest, from] = [hashes.length / hashBytes, 0]
  while (rest > 0) {
    const count = 2 ** Math.floor(Math.log2(rest))
    peaks.push(foldHashes(hashes.subarray(from * hashBytes, (from + count) * hashBytes), engine))
    from += count
    rest -= count
  }
  return peaks
}
