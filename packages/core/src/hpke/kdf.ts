/** HKDF-SHA256 with the labels of RFC 9180 4. Nothing here derives more than one block, so each step is one HMAC. */
import { hpkePlatform } from '#hpke'
import { concat } from '../bytes.js'
import { encodeUtf8 } from '../encoding.js'

export const hashBytes = 32
const blockBytes = 64
export const nothing: Uint8Array = new Uint8Array(0)

const version = encodeUtf8('HPKE-v1')
const innerPad = 0x36
const outerPad = 0x5c
const firstBlock = Uint8Array.of(1)

/** A label behind the suite id of RFC 9180 4.1 or 5.1, which separates what it is derived for. */
export function labelOf(suite: Uint8Array, label: string): Uint8Array {
  return concat(version, suite, encodeUtf8(label))
}

/** 32 bytes. An empty salt is one of 32 zeros (RFC 5869 2.2). */
export function labeledExtract(salt: Uint8Array, label: Uint8Array, keyMaterial: Uint8Array): Uint8Array {
  const message = concat(label, keyMaterial)
  const key = hmac(salt, message)
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
  const block = hmac(key, message)
  if (sizeBytes === hashBytes) return block
  const cut = block.slice(0, sizeBytes)
  block.fill(0)
  return cut
}

/**
 * RFC 2104, for a key of at most 64 bytes, out of two hashes: in Node each costs a quarter of what an object for HMAC
 * does.
 */
function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = padded(key, innerPad, message)
  const digest = hpkePlatform.sha256(inner)
  inner.fill(0)
  const outer = padded(key, outerPad, digest)
  digest.fill(0)
  const tag = hpkePlatform.sha256(outer)
  outer.fill(0)
  return tag
}

function padded(key: Uint8Array, pad: number, rest: Uint8Array): Uint8Array {
  const all = new Uint8Array(blockBytes + rest.length).fill(pad, 0, blockBytes)
  for (let i = 0; i < key.length; i++) all[i] = pad ^ (key[i] ?? 0)
  all.set(rest, blockBytes)
  return all
}

/** Numbers of two bytes, big-endian, behind a text: how RFC 9180 makes a suite id. */
export function suiteId(text: string, ...ids: readonly number[]): Uint8Array {
  return concat(encodeUtf8(text), Uint8Array.from(ids.flatMap(id => [id >> 8, id & 0xff])))
}
