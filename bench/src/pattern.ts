/** Bytes that differ from position to position, the same in every run. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + 101
  return bytes
}
