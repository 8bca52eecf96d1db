const lengthFollows = 24

/**
 * Whether CBOR (RFC 8949 3) has at most so many heads, counted without decoding: a few megabytes of small items would
 * fill the memory of whoever reads them. What is not well-formed is left to the decoder.
 */
export function hasAtMostHeads(bytes: Uint8Array, max: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  for (let heads = 0; at < bytes.length; heads++) {
    if (heads === max) return false
    at += itemBytes(view, at)
  }
  return true
}

/** Of a head, with what it is the head of when that is a string. */
function itemBytes(view: DataView, at: number): number {
  const first = view.getUint8(at)
  const [major, minor] = [first >> 5, first & 0x1f]
  const headBytes = minor < lengthFollows ? 1 : 1 + 2 ** (minor - lengthFollows)
  if (major !== 2 && major !== 3) return headBytes
  return headBytes + (minor < lengthFollows ? minor : lengthAt(view, at + 1, headBytes - 1))
}

function lengthAt(view: DataView, at: number, sizeBytes: number): number {
  let length = 0
  for (let i = at; i < Math.min(at + sizeBytes, view.byteLength); i++)
    length = length * 256 + view.getUint8(i)
  return length
}
