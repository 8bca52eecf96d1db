import { concat, equal } from '@chartseal/core/bytes'
import { defaultEngine } from '@chartseal/core/engine'

const hashBytes = 32

/**
 * Takes the message out of an encoded block of RSAES-OAEP (RFC 8017 7.1.2 step 3) with SHA-256 and MGF1 of SHA-256: for
 * tokens that do the RSA operation alone and know neither this hash nor a label. The caller wipes what it is given and
 * what it gave.
 *
 * One answer for everything that is wrong, and every part is computed before it is given: whoever could tell
 * why a block is refused could decrypt (Manger, CRYPTO 2001).
 * @param block as long as the modulus
 * @returns `null` unless the block was made for this label
 */
export function openOaepBlock(block: Uint8Array, label: Uint8Array): Uint8Array | null {
  if (block.length < 2 * hashBytes + 2) return null
  const seedMask = mgf1(block.subarray(1 + hashBytes), hashBytes)
  const seed = masked(block.subarray(1, 1 + hashBytes), seedMask)
  const data = masked(block.subarray(1 + hashBytes), mgf1(seed, block.length - hashBytes - 1))
  const isForLabel = equal(data.subarray(0, hashBytes), sha256(label))
  const start = messageStart(data)
  const message = data.slice(start)
  const isSound = Number(block[0] === 0) & Number(isForLabel) & Number(start > 0)
  for (const bytes of [seedMask, seed, data]) bytes.fill(0)
  if (isSound === 1) return message
  message.fill(0)
  return null
}

/** Behind the first 01 after zeros, or 0; every byte is looked at. */
function messageStart(data: Uint8Array): number {
  let [start, isOpen, isBroken] = [0, 1, 0]
  for (let i = hashBytes; i < data.length; i++) {
    const [isOne, isZero] = [Number(data[i] === 1), Number(data[i] === 0)]
    start += isOpen & isOne ? i + 1 : 0
    isBroken |= isOpen & (1 - isOne) & (1 - isZero)
    isOpen &= 1 - isOne
  }
  return isBroken === 1 || isOpen === 1 ? 0 : start
}

/** RFC 8017 B.2.1. */
function mgf1(seed: Uint8Array, sizeBytes: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(sizeBytes / hashBytes) }, (_, counter) =>
    sha256(concat(seed, Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter))),
  )
  return concat(...parts).subarray(0, sizeBytes)
}

const sha256 = (bytes: Uint8Array): Uint8Array => defaultEngine().sha256(bytes)

function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ (mask[i] ?? 0))
}
