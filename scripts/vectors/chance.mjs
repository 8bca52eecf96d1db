/** What generators of vectors have in place of chance: SHA-256 of a counter under a label, so that files are the same each time. */
import { createHash } from 'node:crypto'

export function createChance(label) {
  let drawn = 0
  return {
    bytes(sizeBytes) {
      const parts = Array.from({ length: Math.ceil(sizeBytes / 32) }, () =>
        createHash('sha256').update(`${label} ${drawn++}`).digest(),
      )
      return Uint8Array.from(Buffer.concat(parts)).subarray(0, sizeBytes)
    },
  }
}
