/** One ciphertext and tag of AES-256-GCM for two keys (NIST SP 800-38D): "invisible salamanders", Dodis et al. 2018. */
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { ecb } from '@noble/ciphers/aes.js'

const blockBytes = 16

/** A key, its nonce, and the 16 bytes that whoever has it is to read. */
export interface Reader {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  readonly text: Uint8Array
}

/**
 * Three blocks and a tag: under the first key the first block reads as its text, under the second key the second one
 * does, and the third makes the tag right under both. The bytes between are noise to each of them.
 */
export function openedByBoth(first: Reader, second: Reader): Uint8Array {
  const [one, two] = [hashesOf(first), hashesOf(second)]
  const blocks = [toBigIntBE(first.text) ^ one.streamAt(2), toBigIntBE(second.text) ^ two.streamAt(3)]
  const lengths = BigInt(3 * blockBytes * 8)
  // With H the hash keys: C3·H1² + rest1 = C3·H2² + rest2, so C3 = (rest1 + rest2) / (H1² + H2²).
  const rest = ({ hashKey, mask }: Hashes): bigint => ghash(hashKey, [...blocks, 0n, lengths]) ^ mask
  const square = ({ hashKey }: Hashes): bigint => multiply(hashKey, hashKey)
  const third = multiply(rest(one) ^ rest(two), invert(square(one) ^ square(two)))
  const tag = ghash(one.hashKey, [...blocks, third, lengths]) ^ one.mask
  return concat(...[...blocks, third, tag].map(block => fromBigIntBE(block, blockBytes)))
}

interface Hashes {
  /** H. */
  readonly hashKey: bigint
  /** What is added to the hash for the tag. */
  readonly mask: bigint
  /** The key stream; the first block of a text has the counter 2. */
  streamAt(counter: number): bigint
}

function hashesOf({ key, nonce }: Reader): Hashes {
  // An object of noble's encrypts once.
  const encrypt = (block: Uint8Array): bigint => toBigIntBE(ecb(key, { disablePadding: true }).encrypt(block))
  const streamAt = (counter: number): bigint => encrypt(concat(nonce, Uint8Array.of(0, 0, 0, counter)))
  return { hashKey: encrypt(new Uint8Array(blockBytes)), mask: streamAt(1), streamAt }
}

/** SP 800-38D 6.4. */
function ghash(hashKey: bigint, blocks: readonly bigint[]): bigint {
  return blocks.reduce((sum, block) => multiply(sum ^ block, hashKey), 0n)
}

/** In GF(2^128) with GCM's bit order (SP 800-38D 6.3). */
function multiply(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y]
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n
  }
  return product
}

/** x^(2^128 - 2). */
function invert(x: bigint): bigint {
  let [power, inverse] = [x, 1n << 127n]
  for (let i = 0; i < 127; i++) {
    power = multiply(power, power)
    inverse = multiply(inverse, power)
  }
  return inverse
}
