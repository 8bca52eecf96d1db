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
 * RFC 2104, for a key of at most 64 bytes, out of two hashes: in Node both cost less than an object for HMAC does. The
 * caller wipes the 32 bytes.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (key.length > blockBytes) throw new RangeError(`key must have at most ${blockBytes} bytes`)
  const inner = keyed(key, innerPad, message)
  const tag = keyed(key, outerPad, inner)
  inner.fill(0)
  return tag
}

/** One piece of memory for all short messages, which is wiped after each: fresh arrays take longer than the hashes. */
const scratch = new Uint8Array(2 * blockBytes)

function keyed(key: Uint8Array, pad: number, message: Uint8Array): Uint8Array {
  const size = blockBytes + message.length
  const block = size <= scratch.length ? scratch.subarray(0, size) : new Uint8Array(size)
  for (let i = 0; i < key.length; i++) block[i] = pad ^ (key[i] ?? 0)
  for (let i = key.length; i < blockBytes; i++) block[i] = pad
  for (let i = 0; i < message.length; i++) block[blockBytes + i] = message[i] ?? 0
  const digest = platform.sha256(block)
  block.fill(0)
  return digest
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
