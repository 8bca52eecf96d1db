/** What MedCrypt's emergency shares do, written from docs/errata.md, M1 and M2: GF(2^8) modulo 0x11B, byte by byte. */
import type { Share } from '@chartseal/shamir/v1'

function multiply(a: number, b: number): number {
  let [product, shifted] = [0, a]
  for (let bits = b; bits > 0; bits >>= 1) {
    if (bits & 1) product ^= shifted
    shifted = (shifted << 1) ^ (shifted & 0x80 ? 0x11b : 0)
  }
  return product
}

/** Six times squared and multiplied: a^127, which is the inverse of 1 alone. The inverse is a^254, a squaring more. */
function inverseAsPublished(a: number): number {
  let power = a
  for (let step = 0; step < 6; step++) power = multiply(multiply(power, power), a)
  return power
}

/** Lagrange's interpolation at 0, with that inverse. */
export function recoverAsPublished(shares: readonly Share[]): Uint8Array {
  const terms = shares.map(({ x, y }): Uint8Array => {
    const factor = shares
      .filter(other => other.x !== x)
      .reduce((product, other) => multiply(product, multiply(other.x, inverseAsPublished(x ^ other.x))), 1)
    return y.map(byte => multiply(byte, factor))
  })
  return terms.reduce(sum)
}

/** The share of a custodian, whose number nobody limits; the field knows its last eight bits. */
export function evaluateAsPublished(coefficients: readonly Uint8Array[], custodian: number): Uint8Array {
  const x = custodian & 0xff
  return coefficients.reduceRight((value, coefficient) =>
    sum(
      value.map(byte => multiply(byte, x)),
      coefficient,
    ),
  )
}

const sum = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0))
