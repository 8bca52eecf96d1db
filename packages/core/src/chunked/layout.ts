/** Where things are: C2SP chunked-encryption v1, "Message chunking" and "Implementation notes". */
import { tagBytes } from '../aead.js'
import { defineErrors, type ErrorFactory } from '../errors.js'

/** What the length alone shows. A wrong key, another context or a changed message is core's `open/failed`. */
export interface ChunkedErrors {
  /** The end is missing: no whole message has this length. */
  'chunked/truncated': { stage: 'header' | 'last chunk' | 'range' }
  /** More than 2^38 chunks, the most that a message has. */
  'chunked/too-long': Record<never, never>
}

export const chunkedError: ErrorFactory<ChunkedErrors> = defineErrors<ChunkedErrors>({
  'chunked/truncated': 'The encrypted data ends too early ({stage}).',
  'chunked/too-long': 'The encrypted data has more than 2^38 chunks.',
})

export const saltBytes = 24
export const commitmentBytes = 32
export const headerBytes: number = saltBytes + commitmentBytes
/** Plaintext of each chunk but the last, which is shorter and may be empty. */
export const chunkBytes: number = 16 * 1024
export const sealedChunkBytes: number = chunkBytes + tagBytes

const maxChunks = 2 ** 38

/**
 * Size of the message that `plaintextBytes` are sealed into.
 * @throws RangeError unless it is a non-negative integer below 4 PiB
 */
export function sealedSizeBytes(plaintextBytes: number): number {
  if (!Number.isSafeInteger(plaintextBytes) || plaintextBytes < 0)
    throw new RangeError('plaintextBytes must be a non-negative safe integer')
  const chunks = Math.floor(plaintextBytes / chunkBytes) + 1
  if (chunks > maxChunks) throw new RangeError('plaintextBytes must be below 4 PiB, which is 2^38 chunks')
  return headerBytes + plaintextBytes + chunks * tagBytes
}

/**
 * Size of the plaintext in a message of `sealedBytes`; nothing vouches for it until the last chunk was opened.
 * @throws ChartsealError `chunked/truncated` for the length of no whole message, `chunked/too-long`
 */
export function plaintextSizeBytes(sealedBytes: number): number {
  if (sealedBytes < headerBytes) throw chunkedError('chunked/truncated', { stage: 'header' })
  const body = sealedBytes - headerBytes
  const fullChunks = Math.floor(body / sealedChunkBytes)
  if (fullChunks >= maxChunks) throw chunkedError('chunked/too-long', {})
  const last = body - fullChunks * sealedChunkBytes
  if (last < tagBytes) throw chunkedError('chunked/truncated', { stage: 'last chunk' })
  return fullChunks * chunkBytes + last - tagBytes
}

/** Base nonce xor the number of the chunk, big-endian. @throws ChartsealError `chunked/too-long` */
export function chunkNonce(baseNonce: Uint8Array, chunk: number): Uint8Array {
  if (chunk >= maxChunks) throw chunkedError('chunked/too-long', {})
  const nonce = Uint8Array.from(baseNonce)
  for (let i = nonce.length - 1, rest = chunk; rest > 0; i--, rest = Math.floor(rest / 256)) {
    nonce[i] = (nonce[i] ?? 0) ^ (rest % 256)
  }
  return nonce
}
