/** How long the texts of records are, from their first bytes on, and whether they were typed right. */
import { bech32m } from '@scure/base'

/** Kinds of keys of docs/spec/envelope-v2.md, "Texts": X25519, X-Wing and RSA; the byte of the kind included. */
const [x25519, xwing, rsa] = [1, 2, 3]
const [x25519Bytes, xwingBytes, derHead] = [33, 1217, 0x30]
const maxTextLength = 8192

/** Of a kind of key and the key; `null` when its beginning does not say. An X-Wing identity is its seed of 32 bytes. */
export function keySize(bytes: Uint8Array): number | null {
  const [kind, head, sizes = 0, high = 0, low = 0] = bytes
  if (kind === x25519) return x25519Bytes
  if (kind === xwing) return bytes.length < xwingBytes ? x25519Bytes : xwingBytes
  // SubjectPublicKeyInfo of a key of 2,048 bits or more: a SEQUENCE with two bytes of length.
  return kind === rsa && head === derHead && sizes === 0x82 ? 5 + (high << 8) + low : null
}

/** Of the JSON object at the beginning; `null` when its end is not there. */
export function jsonSize(bytes: Uint8Array): number | null {
  let [depth, isText, isEscaped] = [0, false, false]
  for (const [at, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte)
    if (at === 0 && character !== '{') return null
    if (isText) {
      isText = isEscaped || character !== '"'
      isEscaped = !isEscaped && character === '\\'
      continue
    }
    isText = character === '"'
    if (character === '{' || character === '[') depth++
    if (character === '}' || character === ']') depth--
    if (depth === 0) return at + 1
  }
  return null
}

/** Whether a text in lower case has the checksum of BIP 350. */
export function isBech32m(text: string): boolean {
  return bech32m.decodeUnsafe(text, maxTextLength) !== undefined
}
