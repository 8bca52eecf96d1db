/** HKDF-SHA256 with the labels of RFC 9180 4. Nothing here derives more than one block, so each step is one HMAC. */
import { concat } from '../bytes.js'
import { encodeUtf8 } from '../encoding.js'
import { hashBytes, hmacSha256 } from '../hkdf.js'

export const nothing: Uint8Array = new Uint8Array(0)

const version = encodeUtf8('HPKE-v1')
const firstBlock = Uint8Array.of(1)

/** A label behind the suite id of RFC 9180 4.1 or 5.1, which separates what it is derived for. */
export function labelOf(suite: Uint8Array, label: string): Uint8Array {
  return concat(version, suite, encodeUtf8(label))
}

/** 32 bytes. An empty salt is one of 32 zeros (RFC 5869 2.2). */
export function labeledExtract(salt: Uint8Array, label: Uint8Array, keyMaterial: Uint8Array): Uint8Array {
  const message = concat(label, keyMaterial)
  const key = hmacSha256(salt, message)
  message.fill(0)
  return key
}

/** @param sizeBytes at most 32 */
export function labeledExpand(
  key: Uint8Array,
  label: Uint8Array,
  info: Uint8Array,
  sizeBytes: number,
): Uint8Array {
  const message = concat(Uint8Array.of(0, sizeBytes), label, info, firstBlock)
  const block = hmacSha256(key, message)
  if (sizeBytes === hashBytes) return block
  const cut = block.slice(0, sizeBytes)
  block.fill(0)
  return cut
}

/** Numbers of two bytes, big-endian, behind a text: how RFC 9180 makes a suite id. */
export function suiteId(text: string, ...ids: readonly number[]): Uint8Array {
  return concat(encodeUtf8(text), Uint8Array.from(ids.flatMap(id => [id >> 8, id & 0xff])))
}
