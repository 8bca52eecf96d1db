/**
 * FROST(Ed25519, SHA-512), RFC 9591: a threshold of signers make one signature of Ed25519 together, which everybody
 * verifies as any other. No signer has the key. The arithmetic is noble's; here are lengths, canonical points, nonces
 * that are used once, and the answer who sent a wrong share.
 *
 * @example
 * const { group, shares } = dealShares({ threshold: 2, count: 3 }, random)
 * const pair = commitNonces(shares[0], random) // of each signer that takes part
 * signShare({ group, signer: 1, share: shares[0], nonces: pair, commitments, message })
 * aggregateShares({ group, commitments, message }, signatureShares) // 64 bytes
 */
import { ed25519, ed25519_FROST } from '@noble/curves/ed25519.js'
import { equal } from './bytes.js'
import { verify } from './ed25519.js'
import { coreError } from './errors.js'
import { Key32 } from './keys.js'
import type { Random } from './ports.js'

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
type NobleNonces = ReturnType<typeof ed25519_FROST.commit>['nonces']

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

/** Round one (RFC 9591 5.1) as the others see it. */
export interface NonceCommitment {
  readonly signer: number
  /** Points, 32 bytes each. */
  readonly hiding: Uint8Array
  readonly binding: Uint8Array
}

/** A signer's share of one signature (RFC 9591 5.2): public. */
export interface SignatureShare {
  readonly signer: number
  /** A scalar, 32 bytes. */
  readonly share: Uint8Array
}

/** What a signature is made of, beside the shares. */
export interface FrostSession {
  readonly group: FrostGroup
  /** Of those who take part, a threshold or more, each once; in any order. */
  readonly commitments: readonly NonceCommitment[]
  readonly message: Uint8Array
}

/** The secret of one commitment: for one signature, never written anywhere. Two signatures with it give the share away. */
export class Nonces {
  readonly commitment: NonceCommitment
  #secret: NobleNonces | null

  /** @internal */
  constructor(commitment: NonceCommitment, secret: NobleNonces) {
    this.commitment = commitment
    this.#secret = secret
  }

  /** @internal Once: whatever happens to what is taken, there is no second time. @throws ChartsealError `frost/nonces-used` */
  take(): NobleNonces {
    const secret = this.#secret
    this.#secret = null
    if (secret === null) throw coreError('frost/nonces-used', {})
    return secret
  }

  wipe(): void {
    this.#secret?.hiding.fill(0)
    this.#secret?.binding.fill(0)
    this.#secret = null
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
  if (!isThreshold({ threshold, count }))
    throw new RangeError(`a key cannot be shared ${threshold} of ${count}`)
  const dealt = ed25519_FROST.trustedDealer(
    { min: threshold, max: count },
    undefined,
    undefined,
    rngOf(random),
  )
  const shares = Array.from({ length: count }, (_, i) => {
    const bytes = dealt.secretShares[idOf(i + 1)]?.signingShare ?? new Uint8Array()
    try {
      return new SigningShare(bytes)
    } finally {
      bytes.fill(0)
    }
  })
  return { group: FrostGroup.of(dealt.public.commitments, count), shares }
}

/** Fresh nonces, from randomness and the share together (RFC 9591 4.1). @throws ChartsealError `key/wiped` */
export function commitNonces(signer: number, share: SigningShare, random: Random): Nonces {
  const secret = { identifier: idOf(signer), signingShare: share.reveal() }
  const { nonces, commitments } = ed25519_FROST.commit(secret, rngOf(random))
  return new Nonces({ signer, hiding: commitments.hiding, binding: commitments.binding }, nonces)
}

export interface SignShareOptions extends FrostSession {
  readonly signer: number
  readonly share: SigningShare
  readonly nonces: Nonces
}

/**
 * Round two. The nonces are spent, whether it works or not.
 * @throws ChartsealError `frost/bad-commitments`, `frost/nonces-used`, `key/wiped`
 */
export function signShare(options: SignShareOptions): SignatureShare {
  const { group, commitments, message, signer, share, nonces } = options
  const signingShare = share.reveal()
  const secret = nonces.take()
  try {
    requireCommitments(options)
    const key = { identifier: idOf(signer), signingShare }
    const list = commitments.map(nobleOf)
    return { signer, share: ed25519_FROST.signShare(key, group.shared, secret, list, message) }
  } catch {
    // Points that are none, or not what these nonces committed to: the library says so in words of its own.
    throw coreError('frost/bad-commitments', {})
  } finally {
    secret.hiding.fill(0)
    secret.binding.fill(0)
  }
}

/** Whether a share is what its signer owes (RFC 9591 5.4): false also for commitments that nothing is signed with. */
export function isRightShare(session: FrostSession, { signer, share }: SignatureShare): boolean {
  const { group, commitments, message } = session
  try {
    requireCommitments(session)
    return ed25519_FROST.verifyShare(group.shared, commitments.map(nobleOf), message, idOf(signer), share)
  } catch {
    return false
  }
}

/**
 * The signature, 64 bytes, which Ed25519 verifies under the key of the group.
 * @throws ChartsealError `frost/bad-share` with the first signer whose share is missing or wrong, `frost/bad-commitments`
 */
export function aggregateShares(session: FrostSession, shares: readonly SignatureShare[]): Uint8Array {
  const { group, commitments, message } = session
  requireCommitments(session)
  const owed = commitments.map(({ signer }) => {
    const own = shares.find(one => one.signer === signer)
    if (own === undefined) throw coreError('frost/bad-share', { signer })
    return own
  })
  const signature = summed(session, owed)
  // What nobody can verify is never given out. Only a signature that fails is worth a look at each share.
  if (signature !== null && verify(group.publicKey, message, signature)) return signature
  const wrong = owed.find(one => !isRightShare(session, one))
  if (
    wrong === undefined ||
    !commitments.every(({ hiding, binding }) => isFrostPoint(hiding) && isFrostPoint(binding))
  )
    throw coreError('frost/bad-commitments', {})
  throw coreError('frost/bad-share', { signer: wrong.signer })
}

/** `null` where they make no signature. */
function summed(
  { group, commitments, message }: FrostSession,
  shares: readonly SignatureShare[],
): Uint8Array | null {
  const byId = Object.fromEntries(shares.map(({ signer, share }) => [idOf(signer), share]))
  try {
    return ed25519_FROST.aggregate(group.shared, commitments.map(nobleOf), message, byId)
  } catch {
    return null
  }
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

/** Who takes part; whether points are points, the library sees. @throws ChartsealError `frost/bad-commitments` */
function requireCommitments({ group, commitments }: FrostSession): void {
  const signers = new Set(commitments.map(({ signer }) => signer))
  const isRight = signers.size === commitments.length && signers.size >= group.threshold
  if (!isRight || ![...signers].every(signer => isSigner(group, signer)))
    throw coreError('frost/bad-commitments', {})
}

/** Σ C_j · signer^j (RFC 9591 C.2), by Horner's rule. */
function verifyingShareAt(commitments: readonly Uint8Array[], signer: number): Uint8Array {
  const points = commitments.map(one => ed25519.Point.fromBytes(one, false))
  const sum = points.reduceRight((all, one) => all.multiplyUnsafe(BigInt(signer)).add(one))
  if (sum.is0()) throw new Error('there is no share')
  return sum.toBytes()
}

function isThreshold({ threshold, count }: ThresholdOf): boolean {
  return (
    [threshold, count].every(Number.isInteger) && threshold >= 2 && threshold <= count && count <= maxSigners
  )
}

function isSigner({ count }: FrostGroup, signer: number): boolean {
  return Number.isInteger(signer) && signer >= 1 && signer <= count
}

function nobleOf({
  signer,
  hiding,
  binding,
}: NonceCommitment): Parameters<typeof ed25519_FROST.verifyShare>[1][number] {
  return { identifier: idOf(signer), hiding, binding }
}

const idOf = (signer: number): string => ed25519_FROST.Identifier.fromNumber(signer)

const rngOf =
  (random: Random) =>
  (sizeBytes = frostBytes): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(random.bytes(sizeBytes))

function badGroup(reason: string): Error {
  return coreError('frost/bad-group', { reason })
}
