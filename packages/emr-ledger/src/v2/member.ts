/** Keys of members: their ids, and what they sign with. */
import { EcdsaKey, pointBytes } from '@chartseal/core/ecdsa'
import { isVerifyingKey, VerifyingKey, verifyCofactored } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { recordError } from './errors-records.js'
import { hasHighS } from './low-s.js'
import type { Member, MemberRole, SigningAlgorithm } from './roster.js'

export const signingAlgorithms: readonly SigningAlgorithm[] = ['ES256', 'Ed25519', 'ES256K']
export const signatureBytes = 64

/** What a signature is checked with. */
export type MemberKey = Pick<Member, 'algorithm' | 'publicKey'>

const curves = { ES256: 'P-256', ES256K: 'secp256k1' } as const

/** How long a public key of this algorithm is. */
export function publicKeyBytesOf(algorithm: SigningAlgorithm): number {
  return algorithm === 'Ed25519' ? 32 : pointBytes
}

/**
 * The key id, 32 bytes: SHA-256 JWK thumbprint (RFC 7638; RFC 8037 2 for Ed25519, RFC 8812 3 for ES256K).
 * @throws RangeError for a key of a length that the algorithm does not have
 */
export function keyIdOf(algorithm: SigningAlgorithm, publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== publicKeyBytesOf(algorithm))
    throw new RangeError(`a public key of ${algorithm} must have ${publicKeyBytesOf(algorithm)} bytes`)
  return sha256(encodeUtf8(jwkOf(algorithm, publicKey)))
}

/** RFC 7638 3.2: required members only, in the order of their names, without white space. */
function jwkOf(algorithm: SigningAlgorithm, publicKey: Uint8Array): string {
  if (algorithm === 'Ed25519') return `{"crv":"Ed25519","kty":"OKP","x":"${encodeBase64Url(publicKey)}"}`
  const [x, y] = [publicKey.subarray(1, 33), publicKey.subarray(33)].map(encodeBase64Url)
  return `{"crv":"${curves[algorithm]}","kty":"EC","x":"${x}","y":"${y}"}`
}

/** A member as they are told of; the id is worked out. */
export interface NewMember {
  readonly algorithm: SigningAlgorithm
  /** Ed25519: 32 bytes; otherwise the uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array
  readonly roles: readonly MemberRole[]
  readonly name: string
  /** Heights; from the first block on, and without an end, unless named. */
  readonly from?: bigint
  readonly until?: bigint | null
}

/**
 * A member of a roster; the key is copied.
 * @throws ChartsealError `ledger/member-key`
 */
export function memberOf({ algorithm, publicKey, roles, name, from = 0n, until = null }: NewMember): Member {
  const kid = keyIdOf(algorithm, publicKey)
  const key = Uint8Array.from(publicKey)
  const sorted = [...new Set(roles)].sort()
  const member: Member = { kid, algorithm, publicKey: key, roles: sorted, name, from, until }
  requireMemberKey(member)
  return member
}

/** @throws ChartsealError `ledger/member-key` for a key that no honest holder has: off the curve, of small order */
export function requireMemberKey(member: Member): void {
  if (!isMemberKey(member)) throw recordError('ledger/member-key', { kid: encodeHex(member.kid) })
}

/** Whether the key is one of its algorithm: canonical, on the curve, not of small order. */
export function isMemberKey({ algorithm, publicKey }: MemberKey): boolean {
  if (algorithm === 'Ed25519') return isVerifyingKey(publicKey)
  return EcdsaKey.of(curves[algorithm], publicKey) !== null
}

interface Verifier {
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

/** What the platform made of a key, as long as somebody holds the member: an import takes as long as a hash of 10 KiB. */
const verifiers = new WeakMap<MemberKey, Verifier>()

/**
 * Whether the member signed the message: Ed25519 by ZIP-215, so that every platform answers alike; ES256 of either s;
 * ES256K of low s alone. False for every kind of bad signature or key; never throws.
 * @param message the whole preimage; ES256 and ES256K take its SHA-256
 * @param signature 64 bytes: Ed25519, or r ‖ s
 */
export function verifySignature(member: MemberKey, message: Uint8Array, signature: Uint8Array): boolean {
  let verifier = verifiers.get(member)
  if (verifier === undefined) {
    verifier = verifierOf(member)
    verifiers.set(member, verifier)
  }
  return verifier.verify(message, signature)
}

const refusesAll: Verifier = { verify: () => false }

function verifierOf({ algorithm, publicKey }: MemberKey): Verifier {
  if (algorithm === 'Ed25519') {
    const key = VerifyingKey.of(publicKey)
    return key === null ? refusesAll : { verify: (...signed) => verifyCofactored(key, ...signed) }
  }
  const key = EcdsaKey.of(curves[algorithm], publicKey)
  if (key === null || algorithm === 'ES256') return key ?? refusesAll
  return { verify: (message, signature) => !hasHighS(signature) && key.verify(message, signature) }
}
