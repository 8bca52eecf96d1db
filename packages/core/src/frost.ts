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
import { ed25519_FROST } from '@noble/curves/ed25519.js'
import { verify } from './ed25519.js'
import { coreError } from './errors.js'
import { type FrostGroup, idOf, isFrostPoint, isSigner, rngOf, type SigningShare } from './frost/group.js'
import type { Random } from './ports.js'

export {
  dealShares,
  FrostGroup,
  frostBytes,
  isFrostPoint,
  maxSigners,
  SigningShare,
  type ThresholdOf,
} from './frost/group.js'
export { groupHandedOn, type HandedOn, type HandOnOptions, handOn, joinParts } from './frost/hand-on.js'
export { beginPart, groupOfParts, isRightPart, type KeyPart, PartSecret, sharesOfPart } from './frost/make.js'

type NobleNonces = ReturnType<typeof ed25519_FROST.commit>['nonces']

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

/** Who takes part; whether points are points, the library sees. @throws ChartsealError `frost/bad-commitments` */
function requireCommitments({ group, commitments }: FrostSession): void {
  const signers = new Set(commitments.map(({ signer }) => signer))
  const isRight = signers.size === commitments.length && signers.size >= group.threshold
  if (!isRight || ![...signers].every(signer => isSigner(group, signer)))
    throw coreError('frost/bad-commitments', {})
}

function nobleOf({
  signer,
  hiding,
  binding,
}: NonceCommitment): Parameters<typeof ed25519_FROST.verifyShare>[1][number] {
  return { identifier: idOf(signer), hiding, binding }
}
