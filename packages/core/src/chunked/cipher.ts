import { platform } from '#platform'
import { tagBytes } from '../aead.js'
import { coreError } from '../errors.js'
import type { MessageKeys } from './keys.js'
import { chunkBytes, chunkNonce, sealedChunkBytes } from './layout.js'

/** Seals or opens neighbouring chunks at once. Owns the keys of the message; does not keep what it is given. */
export interface ChunkCipher {
  /** Every chunk is full, or it is the only one or the last of the message. */
  seal(firstChunk: number, chunks: readonly Uint8Array[]): Promise<Uint8Array>
  /** @throws ChartsealError `open/failed` when one of the chunks does not open; nothing of them is given out */
  open(firstChunk: number, chunks: readonly Uint8Array[]): Promise<Uint8Array>
  wipe(): void
}

export function chunkCipher(keys: MessageKeys): ChunkCipher {
  const gcm = platform.bulkGcm(keys.key)
  const nonceOf = (chunk: number): Uint8Array => chunkNonce(keys.baseNonce, chunk)
  return {
    async seal(first, chunks) {
      const output = new Uint8Array(sizeOf(chunks) + chunks.length * tagBytes)
      await Promise.all(
        chunks.map((chunk, i) => gcm.seal(nonceOf(first + i), chunk, slot(output, i, sealedChunkBytes))),
      )
      return output
    },
    async open(first, chunks) {
      const output = new Uint8Array(sizeOf(chunks) - chunks.length * tagBytes)
      const opened = await Promise.all(
        chunks.map((chunk, i) => gcm.open(nonceOf(first + i), chunk, slot(output, i, chunkBytes))),
      )
      if (opened.every(whole => whole)) return output
      output.fill(0)
      throw coreError('open/failed', {})
    },
    wipe: keys.wipe,
  }
}

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)

const slot = (output: Uint8Array, index: number, sizeBytes: number): Uint8Array =>
  output.subarray(index * sizeBytes, (index + 1) * sizeBytes)
