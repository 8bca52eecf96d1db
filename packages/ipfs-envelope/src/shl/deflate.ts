/** Raw DEFLATE (RFC 1951), by the streams that browsers and Node.js have. */
import { concat, ownBuffer } from '@chartseal/core/bytes'
import { piecesOf } from '@chartseal/core/streams'

/** The most that is taken out of compressed bytes: 5 MB. */
export const maxInflatedBytes = 5_000_000

export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([ownBuffer(bytes)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const chunks: Uint8Array[] = []
  for await (const chunk of piecesOf(stream)) chunks.push(chunk)
  return concat(...chunks)
}

/** `'invalid'` for bytes that are not raw DEFLATE or end early, `'too large'` for more than `maxBytes`; never holds much more. */
export async function inflateRaw(
  bytes: Uint8Array,
  maxBytes: number = maxInflatedBytes,
): Promise<Uint8Array | 'invalid' | 'too large'> {
  const stream = new Blob([ownBuffer(bytes)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of piecesOf(stream)) {
      size += chunk.length
      if (size > maxBytes) return 'too large'
      chunks.push(chunk)
    }
  } catch {
    return 'invalid'
  }
  return concat(...chunks)
}
