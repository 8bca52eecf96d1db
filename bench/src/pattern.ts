/** Bytes that differ from position to position, the same in every run. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + 101) & 0xff)
}
