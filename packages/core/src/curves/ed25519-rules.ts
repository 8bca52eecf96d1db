/** The rules of RFC 8032 that the bytes of a signature or key decide alone: no arithmetic on the curve. */
import { equal } from '../bytes.js'
import { decodeHex } from '../encoding.js'

/** p = 2^255 - 19 and L of RFC 8032 5.1, little-endian. */
const prime = decodeHex(`ed${'ff'.repeat(30)}7f`)
const order = decodeHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** The y of the eight points whose order divides 8: 1, -1, 0, and the two of order 8. Each is for x and -x. */
const smallY = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(decodeHex)

/** Whether y of an encoded point is below p (RFC 8032 5.1.3, step 1). */
export function isCanonicalY(encoded: Uint8Array): boolean {
  return isBelow(withoutSign(encoded), prime)
}

/** Of either sign: with y = 1 or -1, x is 0 and the sign bit has to be clear, so that the other is refused as well. */
export function isSmallOrder(encoded: Uint8Array): boolean {
  const y = withoutSign(encoded)
  return smallY.some(small => equal(small, y))
}

/** Whether the scalar S is below L (RFC 8032 5.1.7, step 1): S + L would be the same signature in other bytes. */
export function isBelowOrder(scalar: Uint8Array): boolean {
  return isBelow(scalar, order)
}

function withoutSign(encoded: Uint8Array): Uint8Array {
  const y = Uint8Array.from(encoded)
  y[31] = (y[31] ?? 0) & 0x7f
  return y
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const [left = 0, right = 0] = [a[i], b[i]]
    if (left !== right) return left < right
  }
  return false
}
