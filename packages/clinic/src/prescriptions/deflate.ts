/** DEFLATE (RFC 1951) by the platform's own streams, which browsers and Node have alike. */
import { concat, ownBuffer } from '@chartseal/core/bytes'

export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return through(new CompressionStream('deflate-raw'), bytes, Number.POSITIVE_INFINITY).then(
    whole => whole ?? new Uint8Array(),
  )
}

/** `null` for what is no DEFLATE stream, or grows beyond so many bytes. */
export async function inflate(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await through(new DecompressionStream('deflate-raw'), bytes, maxBytes)
  } catch {
    return null
  }
}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const writer = stream.writable.getWriter()
  // What goes wrong in the stream is told to its reader as well.
  const written = writer.write(ownBuffer(bytes)).then(() => writer.close())
  written.catch(() => undefined)
  const reader = stream.readable.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(...parts)
    size += value.length
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined)
      return null
    }
    parts.push(value)
  }
}
