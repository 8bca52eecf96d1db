import { platform } from '#platform'
import { concat } from '../bytes.js'
import { coreError } from '../errors.js'
import type { MessageKeys } from './keys.js'
import { chunkBytes, chunkNonce, sealedChunkBytes } from './layout.js'

/** Seals or opens neighbouring chunks at once. Owns the keys of the message. */
export interface ChunkCipher {
  seal(firstChunk: number, plaintext: Uint8Array): Promise<Uint8Array>
  /** @throws ChartsealError `open/failed` when one of the chunks does not open; nothing of them is given out */
  open(firstChunk: number, sealed: Uint8Array): Promise<Uint8Array>
  wipe(): void
}

export function chunkCipher(keys: MessageKeys): ChunkCipher {
  const gcm = platform.bulkGcm(keys.key)
  const nonceOf = (chunk: number): Uint8Array => chunkNonce(keys.baseNonce, chunk)
  return {
    async seal(first, plaintext) {
      const parts = cut(plaintext, chunkBytes)
      return concat(...(await Promise.all(parts.map((part, i) => gcm.seal(nonceOf(first + i), part)))))
    },
    async open(first, sealed) {
      const parts = cut(sealed, sealedChunkBytes)
      const opened = await Promise.all(parts.map((part, i) => gcm.open(nonceOf(first + i), part)))
      return concat(...opened.map(refuseNull))
    },
    wipe: keys.wipe,
  }
}

function refuseNull(plaintext: Uint8Array | null): Uint8Array {
  if (plaintext === null) throw coreError('open/failed', {})
  return plaintext
}

/** At least one part, which may be empty. */
function cut(bytes: Uint8Array, sizeBytes: number): Uint8Array[] {
  const parts = [bytes.subarray(0, sizeBytes)]
  for (let at = sizeBytes; at < bytes.length; at += sizeBytes) parts.push(bytes.subarray(at, at + sizeBytes))
  return parts
}
