/** What generators of vectors make of values that are right. */
import { decodeCbor, encodeCbor, encodeHex } from '../../packages/core/dist/encoding.js'

export const filled = (length, byte) => new Uint8Array(length).fill(byte)
export const hex = text => Uint8Array.from(Buffer.from(text, 'hex'))
export const flipped = (bytes, at) =>
  bytes.map((byte, i) => (i === (at + bytes.length) % bytes.length ? byte ^ 1 : byte))
export const without = (map, name) => Object.fromEntries(Object.entries(map).filter(([one]) => one !== name))
/** Deterministic CBOR with another value. */
export const changed = (bytes, change) => encodeCbor(change(decodeCbor(bytes)))

/** What JSON has of a value: bytes in hexadecimal. */
export function shown(value) {
  if (value instanceof Uint8Array) return encodeHex(value)
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]))
}
