const argumentBytes: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 }
const byteString = 2
const textString = 3
const list = 4
const map = 5

/**
 * How many bytes the first item in `bytes` has (RFC 8949 3), which may be more than are there; `null` when its
 * beginning does not say.
 */
export function cborSize(bytes: Uint8Array): number | null {
  let at = 0
  for (let items = 1; items > 0; items--) {
    const head = headAt(bytes, at)
    if (head === null) return null
    at = head.end
    if (head.major === byteString || head.major === textString) at += head.argument
    if (head.major === list) items += head.argument
    if (head.major === map) items += 2 * head.argument
    // Each item has a byte or more.
    if (at > bytes.length) return items === 1 ? at : null
    if (items > bytes.length) return null
  }
  return at
}

interface Head {
  readonly major: number
  readonly argument: number
  readonly end: number
}

function headAt(bytes: Uint8Array, at: number): Head | null {
  const first = bytes[at]
  if (first === undefined) return null
  const low = first & 31
  const width = low < 24 ? 0 : argumentBytes[low]
  if (width === undefined || at + 1 + width > bytes.length) return null
  const argument = bytes
    .subarray(at + 1, at + 1 + width)
    .reduce((sum, byte) => sum * 256 + byte, width === 0 ? low : 0)
  return { major: first >> 5, argument, end: at + 1 + width }
}
