/** Small operations on byte arrays. Every result is a fresh copy that the caller owns. */

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Compares without leaving early; lengths are public. Engines may still leak timing. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  const words = a.length >= longBytes && isAligned(a) && isAligned(b) ? a.length >>> 2 : 0
  let difference = words === 0 ? 0 : wordDifference(a, b, words)
  for (let i = 4 * words; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

// Below this, making the views takes longer than they save.
const longBytes = 1_024

const isAligned = ({ byteOffset }: Uint8Array): boolean => byteOffset % 4 === 0

function wordDifference(a: Uint8Array, b: Uint8Array, words: number): number {
  const [left, right] = [wordsOf(a, words), wordsOf(b, words)]
  let difference = 0
  for (let i = 0; i < words; i++) difference |= (left[i] ?? 0) ^ (right[i] ?? 0)
  return difference
}

const wordsOf = ({ buffer, byteOffset }: Uint8Array, words: number): Uint32Array =>
  new Uint32Array(buffer, byteOffset, words)

/** Big-endian unsigned integer of the whole array. */
export function toBigIntBE(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/**
 * Unsigned integer as `sizeBytes` bytes, big-endian.
 * @throws RangeError when the value is negative or does not fit
 */
export function fromBigIntBE(value: bigint, sizeBytes: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * sizeBytes) !== 0n) {
    throw new RangeError(`value must be an unsigned integer of ${sizeBytes} bytes`)
  }
  const bytes = new Uint8Array(sizeBytes)
  for (let i = sizeBytes - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

/** Unsigned integer as `sizeBytes` bytes, little-endian. @throws RangeError when it does not fit */
export function fromBigIntLE(value: bigint, sizeBytes: number): Uint8Array {
  return fromBigIntBE(value, sizeBytes).reverse()
}

/** The bytes in one `ArrayBuffer` of their own, as WebCrypto's types want them. */
export function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
