/** SHA-256, HMAC and HKDF for short inputs: in Node one call of OpenSSL for each hash, noble elsewhere. */
import { platform } from '#platform'
import { concat } from './bytes.js'

export const hashBytes = 32
const blockBytes = 64
const innerPad = 0x36
const outerPad = 0x5c
const maxOutputBytes = 255 * hashBytes

/** FIPS 180-4; 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  return platform.sha256(message)
}

/**
 * RFC 2104, for a key of at most 64 bytes, out of two hashes: in Node each costs a quarter of what an object for HMAC
 * does. The caller wipes the 32 bytes.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (key.length > blockBytes) throw new RangeError(`key must have at most ${blockBytes} bytes`)
  const inner = padded(key, innerPad, message)
  const digest = platform.sha256(inner)
  inner.fill(0)
  const outer = padded(key, outerPad, digest)
  digest.fill(0)
  const tag = platform.sha256(outer)
  outer.fill(0)
  return tag
}

function padded(key: Uint8Array, pad: number, rest: Uint8Array): Uint8Array {
  const all = new Uint8Array(blockBytes + rest.length).fill(pad, 0, blockBytes)
  for (let i = 0; i < key.length; i++) all[i] = pad ^ (key[i] ?? 0)
  all.set(rest, blockBytes)
  return all
}

/** RFC 5869, with a salt of at most 64 bytes. The caller wipes the result. */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  sizeBytes: number = hashBytes,
): Uint8Array {
  if (sizeBytes > maxOutputBytes) throw new RangeError(`sizeBytes must be at most ${maxOutputBytes}`)
  const prk = hmacSha256(salt, secret)
  const output = new Uint8Array(sizeBytes)
  let block: Uint8Array = new Uint8Array(0)
  for (let at = 0, counter = 1; at < sizeBytes; at += hashBytes, counter++) {
    const message = concat(block, info, Uint8Array.of(counter))
    block.fill(0)
    block = hmacSha256(prk, message)
    message.fill(0)
    output.set(block.subarray(0, sizeBytes - at), at)
  }
  block.fill(0)
  prk.fill(0)
  return output
}
