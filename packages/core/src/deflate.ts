/** Raw DEFLATE (RFC 1951), by the streams that browsers and Node.js have. */
import { concat, ownBuffer } from './bytes.js'
import { piecesOf } from './streams.js'

/** What compresses to fewer bytes, mostly; implementations differ in the bytes, and each inflates those of all others. */
export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([ownBuffer(bytes)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const chunks: Uint8Array[] = []
  for await (const chunk of piecesOf(stream)) chunks.push(chunk)
  return concat(...chunks)
}

/**
 * `'invalid'` for bytes that are not one raw DEFLATE stream and nothing behind it, `'too large'` for more than `maxBytes`;
 * never holds much more.
 */
export async function inflateRaw(
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | 'invalid' | 'too large'> {
  const inflated = await readStream(bytes, maxBytes)
  if (!(inflated instanceof Uint8Array)) return inflated
  // Node 20 ignores what stands behind the end, browsers refuse it. A stream that ends in its last byte is none without it.
  const shorter = await readStream(bytes.subarray(0, -1), maxBytes)
  return shorter === 'invalid' ? inflated : 'invalid'
}

async function readStream(
  bytes: Uint8Array,
  maxBytes: number,
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
