/** GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (0x11B), four bytes at once. */
import { requireGfOperands } from './checks.js'

/**
 * `accumulator[i] ^= factor · input[i]`. Each bit of `factor` is a mask, and the modulus is folded in by
 * multiplication: neither operand decides an index or a branch.
 * @throws TypeError, RangeError
 */
export function gfMultiplyAccumulate(accumulator: Uint8Array, input: Uint8Array, factor: number): void {
  requireGfOperands(accumulator, input, factor)
  const wholeWords = input.length & ~3
  for (let i = 0; i < wholeWords; i += 4) {
    const product = times(
      at(input, i) | (at(input, i + 1) << 8) | (at(input, i + 2) << 16) | (at(input, i + 3) << 24),
      factor,
    )
    accumulator[i] = at(accumulator, i) ^ product
    accumulator[i + 1] = at(accumulator, i + 1) ^ (product >> 8)
    accumulator[i + 2] = at(accumulator, i + 2) ^ (product >> 16)
    accumulator[i + 3] = at(accumulator, i + 3) ^ (product >> 24)
  }
  for (let i = wholeWords; i < input.length; i++) {
    accumulator[i] = at(accumulator, i) ^ times(at(input, i), factor)
  }
}

/** A byte that is known to be there. */
function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** Four products. */
function times(x0: number, factor: number): number {
  const x1 = timesX(x0)
  const x2 = timesX(x1)
  const x3 = timesX(x2)
  const x4 = timesX(x3)
  const x5 = timesX(x4)
  const x6 = timesX(x5)
  const x7 = timesX(x6)
  const low =
    (x0 & mask(factor, 0)) ^ (x1 & mask(factor, 1)) ^ (x2 & mask(factor, 2)) ^ (x3 & mask(factor, 3))
  const high =
    (x4 & mask(factor, 4)) ^ (x5 & mask(factor, 5)) ^ (x6 & mask(factor, 6)) ^ (x7 & mask(factor, 7))
  return low ^ high
}

export const timesX = (word: number): number =>
  ((word & 0x7f7f7f7f) << 1) ^ Math.imul((word >>> 7) & 0x01010101, 0x1b)

/** All ones where the bit is set. */
const mask = (factor: number, bit: number): number => (factor << (31 - bit)) >> 31
