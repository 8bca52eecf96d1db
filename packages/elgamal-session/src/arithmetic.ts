/** Integers modulo n. None of it is constant time. */
import { toBigIntBE } from '@chartseal/core/bytes'
import type { Random } from '@chartseal/core/ports'
import { sessionError } from './errors.js'

/** The representative in 0 to n - 1, for negative values too. */
export function mod(value: bigint, n: bigint): bigint {
  const rest = value % n
  return rest < 0n ? rest + n : rest
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** @throws ChartsealError `session/not-invertible` when `value` and `n` have a common factor */
export function inverse(value: bigint, n: bigint, name: string): bigint {
  let [r0, r1] = [n, mod(value, n)]
  let [t0, t1] = [0n, 1n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, r1] = [r1, r0 - quotient * r1]
    ;[t0, t1] = [t1, t0 - quotient * t1]
  }
  if (r0 !== 1n) throw sessionError('session/not-invertible', { value: name })
  return mod(t0, n)
}

/**
 * Jacobi symbol for odd n >= 3 (Cohen, A Course in Computational Algebraic Number Theory, 1.4.10). For a
 * prime n it is 1 exactly when `value^((n-1)/2) = 1` (Euler's criterion), and much cheaper than that power.
 */
export function jacobi(value: bigint, n: bigint): -1 | 0 | 1 {
  let [a, m] = [mod(value, n), n]
  let negative = false
  while (a !== 0n) {
    for (; (a & 1n) === 0n; a >>= 1n) if ((m & 7n) === 3n || (m & 7n) === 5n) negative = !negative
    if ((a & 3n) === 3n && (m & 3n) === 3n) negative = !negative
    ;[a, m] = [m % a, a]
  }
  if (m !== 1n) return 0
  return negative ? -1 : 1
}

/** Uniform in 0 to n - 1, by drawing again what is too large. */
export function randomBelow(n: bigint, random: Random): bigint {
  const bits = n.toString(2).length
  const sizeBytes = Math.ceil(bits / 8)
  for (;;) {
    const value = toBigIntBE(random.bytes(sizeBytes)) >> BigInt(8 * sizeBytes - bits)
    if (value < n) return value
  }
}
