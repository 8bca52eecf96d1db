/** A key of Ed25519 that is shared among signers: the public part, and dealing it. */
import { ed25519, ed25519_FROST } from '@noble/curves/ed25519.js'
import { equal } from '../bytes.js'
import { coreError } from '../errors.js'
import { Key32 } from '../keys.js'
import type { Random } from '../ports.js'

/** Of a point, a scalar, and a share of a signature. */
export const frostBytes = 32
/** RFC 9591 sets none; every signer is a machine of somebody. */
export const maxSigners = 32

/** How many of how many make a signature. */
export interface ThresholdOf {
  /** At least 2. */
  readonly threshold: number
  readonly count: number
}

/** A signer's part of the key: a scalar, little-endian. Whoever has a threshold of them has the key. */
export class SigningShare extends Key32 {
  declare private readonly brand: 'SigningShare'
}

type NoblePublic = Parameters<typeof ed25519_FROST.verifyShare>[0]

/** What everybody may know of a key that is shared. Signers are numbered from 1. */
export class FrostGroup implements ThresholdOf {
  /** Commitments to the polynomial (RFC 9591 C.2): `threshold` points of 32 bytes, the public key first. */
  readonly commitments: readonly Uint8Array[]
  readonly count: number
  /** @internal As the library takes it. */
  readonly shared: NoblePublic

  private constructor(commitments: readonly Uint8Array[], count: number) {
    this.commitments = commitments
    this.count = count
    const signers = { min: commitments.length, max: count }
    const verifyingShares = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [idOf(i + 1), verifyingShareAt(commitments, i + 1)]),
    )
    this.shared = { signers, commitments: commitments.map(one => one.slice()), verifyingShares }
  }

  /** @throws ChartsealError `frost/bad-group` for points or numbers that no key was shared with */
  static of(commitments: readonly Uint8Array[], count: number): FrostGroup {
    const threshold = commitments.length
    if (!isThreshold({ threshold, count }))
      throw badGroup('a threshold is at least 2, and at most all signers')
    if (!commitments.every(isFrostPoint)) throw badGroup('a commitment is no point of the group')
    try {
      return new FrostGroup(
        commitments.map(one => one.slice()),
        count,
      )
    } catch {
      // Only a polynomial that was chosen for it has a signer without a share.
      throw badGroup('a signer of it has no share')
    }
  }

  get threshold(): number {
    return this.commitments.length
  }

  /** The key of Ed25519 that verifies what a threshold of them signed: a fresh copy of the 32 bytes. */
  get publicKey(): Uint8Array {
    return Uint8Array.from(this.commitments[0] ?? [])
  }

  /** What the share of a signer times the base point is: a fresh copy of 32 bytes. @throws RangeError for no signer */
  verifyingShare(signer: number): Uint8Array {
    const bytes = isSigner(this, signer) ? this.shared.verifyingShares[idOf(signer)] : undefined
    if (bytes === undefined) throw new RangeError(`there is no signer ${signer}`)
    return Uint8Array.from(bytes)
  }

  /** Whether this is the share of that signer (RFC 9591 C.2, `vss_verify`). @throws ChartsealError `key/wiped` */
  holds(signer: number, share: SigningShare): boolean {
    if (!isSigner(this, signer)) return false
    try {
      ed25519_FROST.validateSecret({ identifier: idOf(signer), signingShare: share.reveal() }, this.shared)
      return true
    } catch (error) {
      if (share.isWiped) throw error
      return false
    }
  }
}

/**
 * Makes a key and shares it (RFC 9591 C). Whoever calls has had the key: wipe the shares, and forget the rest by ending.
 * @throws RangeError for numbers that cannot be
 */
export function dealShares(
  { threshold, count }: ThresholdOf,
  random: Random,
): { readonly group: FrostGroup; readonly shares: readonly SigningShare[] } {
  requireThreshold({ threshold, count })
  return dealt({ threshold, count }, random)
}

/** @internal The same for a given secret, a scalar. */
export function dealt(
  { threshold, count }: ThresholdOf,
  random: Random,
  secret?: Uint8Array,
): { readonly group: FrostGroup; readonly shares: readonly SigningShare[] } {
  const all = ed25519_FROST.trustedDealer({ min: threshold, max: count }, undefined, secret, rngOf(random))
  const shares = Array.from({ length: count }, (_, i) => {
    const bytes = all.secretShares[idOf(i + 1)]?.signingShare ?? new Uint8Array()
    try {
      return new SigningShare(bytes)
    } finally {
      bytes.fill(0)
    }
  })
  return { group: FrostGroup.of(all.public.commitments, count), shares }
}

/** Whether these bytes are a point that a commitment may be: canonical, of prime order, not the identity (RFC 9591 3.1). */
export function isFrostPoint(bytes: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(bytes, false)
    return point.isTorsionFree() && !point.is0() && equal(point.toBytes(), bytes)
  } catch {
    return false
  }
}

/** Σ C_j · signer^j (RFC 9591 C.2), by Horner's rule. */
function verifyingShareAt(commitments: readonly Uint8Array[], signer: number): Uint8Array {
  const points = commitments.map(pointOf)
  const sum = points.reduceRight((all, one) => all.multiplyUnsafe(BigInt(signer)).add(one))
  if (sum.is0()) throw new Error('there is no share')
  return sum.toBytes()
}

function isThreshold({ threshold, count }: ThresholdOf): boolean {
  return (
    [threshold, count].every(Number.isInteger) && threshold >= 2 && threshold <= count && count <= maxSigners
  )
}

/** @internal @throws RangeError */
export function requireThreshold(of: ThresholdOf): void {
  if (!isThreshold(of)) throw new RangeError(`a key cannot be shared ${of.threshold} of ${of.count}`)
}

/** @internal Commitments to the sum of polynomials. @throws ChartsealError `frost/bad-group` */
export function sumsOf(all: readonly (readonly Uint8Array[])[], threshold: number): readonly Uint8Array[] {
  return Array.from({ length: threshold }, (_, i) => {
    const points = all.map(one => one[i] ?? new Uint8Array())
    if (!points.every(isFrostPoint)) throw badGroup('a commitment is missing, or no point')
    return points
      .map(pointOf)
      .reduce((sum, one) => sum.add(one))
      .toBytes()
  })
}

/** @internal */
export function isSigner({ count }: FrostGroup, signer: number): boolean {
  return Number.isInteger(signer) && signer >= 1 && signer <= count
}

/** @internal */
export const pointOf = (bytes: Uint8Array): typeof ed25519.Point.BASE => ed25519.Point.fromBytes(bytes, false)

/** @internal As the library names a signer. */
export const idOf = (signer: number): string => ed25519_FROST.Identifier.fromNumber(signer)

/** @internal */
export const rngOf =
  (random: Random) =>
  (sizeBytes: number = frostBytes): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(random.bytes(sizeBytes))

/** @internal */
export function badGroup(reason: string): Error {
  return coreError('frost/bad-group', { reason })
}
