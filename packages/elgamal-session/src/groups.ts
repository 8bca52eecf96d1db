/** The finite-field groups of RFC 7919, appendix A, by name. */

import { platform } from '#platform'
import { sessionError } from './errors.js'
import { bigIntModPow } from './mod-pow.js'

/** What ElGamal arithmetic needs: a modulus and a generator. */
export interface Parameters {
  readonly p: bigint
  readonly g: bigint
}

export type GroupName = 'ffdhe2048' | 'ffdhe3072' | 'ffdhe4096'

/** A safe prime p = 2q + 1 and the generator 2 of its subgroup of prime order q. */
export interface Group extends Parameters {
  readonly name: GroupName
  readonly q: bigint
  /** Bytes of an element. */
  readonly sizeBytes: number
  /** Bits that a secret exponent of an encryption needs at least (RFC 7919 5.2 and appendix A). */
  readonly exponentBits: number
}

export const groups: Readonly<Record<GroupName, Group>> = {
  ffdhe2048: makeGroup('ffdhe2048', 2048, 560_316n, 225),
  ffdhe3072: makeGroup('ffdhe3072', 3072, 2_625_351n, 275),
  ffdhe4096: makeGroup('ffdhe4096', 4096, 5_736_041n, 325),
}

/** @throws ChartsealError `session/unknown-group` */
export function groupOf(name: string): Group {
  const group = Object.values(groups).find(candidate => candidate.name === name)
  if (group === undefined) throw sessionError('session/unknown-group', { name })
  return group
}

// RFC 7919 appendix A: p = 2^b - 2^(b-64) + {[2^(b-130) e] + X} 2^64 - 1, X the least that makes p safe.
function makeGroup(name: GroupName, bits: number, x: bigint, exponentBits: number): Group {
  const b = BigInt(bits)
  const p = 2n ** b - 2n ** (b - 64n) + (scaledE(b - 130n) + x) * 2n ** 64n - 1n
  return { name, p, g: 2n, q: (p - 1n) / 2n, sizeBytes: bits / 8, exponentBits }
}

/** `floor(2^bits · e)` from the series of 1/n!, with 64 guard bits. */
function scaledE(bits: bigint): bigint {
  const guardBits = 64n
  let sum = 0n
  for (let term = 1n << (bits + guardBits), n = 1n; term > 0n; term /= n, n++) sum += term
  return sum >> guardBits
}

// OpenSSL tests an unknown modulus for primality first, which takes longer than the power itself.
const named: ReadonlySet<bigint> = new Set(Object.values(groups).map(group => group.p))

/** `base^exponent mod modulus` for any base >= 0, exponent >= 0 and modulus >= 1. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (!named.has(modulus)) return bigIntModPow(base, exponent, modulus)
  return platform.modPow(base % modulus, exponent, modulus)
}
