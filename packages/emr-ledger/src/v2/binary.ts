/**
 * Bytes as strings of one character each: of 32 bytes, memory for 48 instead of 250, and a key of maps as they are. For
 * trees of millions of hashes that are held and compared, and nowhere else.
 */

/** How many arguments a call may have everywhere. */
const piece = 8_192

export function toBinary(bytes: Uint8Array): string {
  if (bytes.length <= piece) return short(bytes)
  const pieces: string[] = []
  for (let from = 0; from < bytes.length; from += piece)
    pieces.push(short(bytes.subarray(from, from + piece)))
  return pieces.join('')
}

/** Spreading the bytes takes seven times as long. */
function short(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, null, bytes)
}

/** The characters `from` to `to` - 1, by default all, in fresh bytes. */
export function fromBinary(text: string, from = 0, to: number = text.length): Uint8Array {
  const bytes = new Uint8Array(to - from)
  for (let i = from; i < to; i++) bytes[i - from] = text.charCodeAt(i)
  return bytes
}

/** Writes all of it to `bytes`, from `at` on. */
export function writeBinary(text: string, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}
