const lineFeed = 0x0a

/**
 * Lines of a byte stream, without their line feed, of any length. U+2028, which some readers take for the
 * end of a line, is legal inside JSON: only a line feed ends one here.
 */
export async function* splitLines(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk)
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      yield Buffer.concat([...parts, bytes.subarray(start, end)])
      parts = []
      start = end + 1
    }
    if (start < bytes.length) parts.push(bytes.subarray(start))
  }
  if (parts.length > 0) yield Buffer.concat(parts)
}
