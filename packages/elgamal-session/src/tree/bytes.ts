/** Integers in bytes that are there already. */
import type { NodeVersion } from './derive.js'

/** Big-endian. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export const nodeNameBytes = 9

/** Level u8 ‖ index u32 ‖ version u32. */
export function writeNode(bytes: Uint8Array, at: number, { level, index, version }: NodeVersion): void {
  bytes[at] = level
  writeU32(bytes, at + 1, index)
  writeU32(bytes, at + 5, version)
}
