/** ElGamal over a named group: every value that comes from outside is checked to be of prime order. */
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { gcd, jacobi, mod, randomBelow } from '../arithmetic.js'
import { sessionError } from '../errors.js'
import { type Group, type GroupName, groupOf, modPow } from '../groups.js'
import {
  type Ciphertext,
  legacyElGamal,
  messageDigest,
  type Signature,
  signDigest,
  verifyDigest,
} from './legacy-elgamal.js'

export interface PublicKey {
  readonly group: GroupName
  readonly y: bigint
}

/**
 * A key pair with an exponent over the whole range: the only kind that may sign. With short exponents one
 * signature gives the key away by lattice reduction (P. Nguyen, EUROCRYPT 2004).
 */
export interface SigningKeyPair {
  readonly use: 'sign'
  readonly publicKey: PublicKey
  /** The exponent, big-endian, as long as an element. The owner of the pair wipes it. */
  readonly privateKey: SecretBytes
}

/** A key pair with a short exponent (RFC 7919 5.2), for decryption only. */
export interface EncryptionKeyPair {
  readonly use: 'encrypt'
  readonly publicKey: PublicKey
  readonly privateKey: SecretBytes
}

/** A fresh pair; the private exponent is uniform in 1 to q - 1. */
export function generateSigningKeyPair(name: GroupName, random: Random): SigningKeyPair {
  const group = groupOf(name)
  return { use: 'sign', ...keyPairOf(group, 1n + randomBelow(group.q - 1n, random)) }
}

/** The pair of a stored exponent. @throws ChartsealError `session/bad-key` outside 1 to q - 1 */
export function signingKeyPairOf(name: GroupName, exponent: bigint): SigningKeyPair {
  const group = groupOf(name)
  if (exponent < 1n || exponent >= group.q) {
    throw sessionError('session/bad-key', { reason: 'the private exponent is out of range' })
  }
  return { use: 'sign', ...keyPairOf(group, exponent) }
}

/** A fresh pair for one connection. */
export function generateEncryptionKeyPair(name: GroupName, random: Random): EncryptionKeyPair {
  const group = groupOf(name)
  return { use: 'encrypt', ...keyPairOf(group, shortExponent(group, random)) }
}

function keyPairOf(group: Group, exponent: bigint): { publicKey: PublicKey; privateKey: SecretBytes } {
  const bytes = fromBigIntBE(exponent, group.sizeBytes)
  const privateKey = new SecretBytes(bytes)
  bytes.fill(0)
  return { privateKey, publicKey: { group: group.name, y: modPow(group.g, exponent, group.p) } }
}

// The top bit is set, so that no exponent is shorter than RFC 7919 asks for.
function shortExponent(group: Group, random: Random): bigint {
  const top = 1n << BigInt(group.exponentBits)
  return top + randomBelow(top, random)
}

/** @throws ChartsealError `session/bad-public-key` unless 1 < y < p - 1 and y^q = 1 */
export function checkPublicKey({ group: name, y }: PublicKey): void {
  if (!isElement(groupOf(name), y)) throw sessionError('session/bad-public-key', { group: name })
}

// Euler's criterion: y^q = 1 exactly when the Jacobi symbol modulo the prime p = 2q + 1 is 1.
function isElement({ p }: Group, value: bigint): boolean {
  return value > 1n && value < p - 1n && jacobi(value, p) === 1
}

/**
 * Textbook ElGamal of 0 < message < p. Malleable, and shows whether the message is a square modulo p: the
 * ciphertext must be signed, and the message random.
 * @throws ChartsealError `session/bad-public-key`
 */
export function encrypt(publicKey: PublicKey, message: bigint, random: Random): Ciphertext {
  checkPublicKey(publicKey)
  const group = groupOf(publicKey.group)
  if (message <= 0n || message >= group.p) throw new RangeError('message must be between 0 and p')
  return legacyElGamal.encrypt(group, publicKey.y, message, shortExponent(group, random))
}

/** @throws ChartsealError `session/bad-ciphertext` unless c1 is of prime order and 0 < c2 < p */
export function decrypt(pair: SigningKeyPair | EncryptionKeyPair, ciphertext: Ciphertext): bigint {
  const group = groupOf(pair.publicKey.group)
  if (!isElement(group, ciphertext.c1) || ciphertext.c2 <= 0n || ciphertext.c2 >= group.p) {
    throw sessionError('session/bad-ciphertext', { group: group.name })
  }
  return legacyElGamal.decrypt(group, toBigIntBE(pair.privateKey.reveal()), ciphertext)
}

/** Signs SHA-256 of the message; draws again while k is not invertible or s is 0. */
export function sign(pair: SigningKeyPair, message: Uint8Array, random: Random): Signature {
  const group = groupOf(pair.publicKey.group)
  const x = pair.privateKey.reveal()
  for (let attempt = 0; ; attempt++) {
    const k = hedgedNonce(group, x, message, random.bytes(32), attempt)
    if (k === 0n || gcd(k, group.p - 1n) !== 1n) continue
    const signature = signDigest(group, toBigIntBE(x), messageDigest(message), k)
    if (signature.s !== 0n) return signature
  }
}

// k from the key, the message and fresh randomness through HKDF (RFC 5869): like RFC 6979 it stays secret
// and unique where the random source fails. 16 extra bytes make the bias of the reduction negligible.
function hedgedNonce(
  group: Group,
  x: Uint8Array,
  message: Uint8Array,
  fresh: Uint8Array,
  attempt: number,
): bigint {
  const secret = concat(x, fresh)
  const info = encodeUtf8(`chartseal/elgamal-session/nonce ${attempt}`)
  const bytes = hkdf(sha256, secret, sha256(message), info, group.sizeBytes + 16)
  const k = mod(toBigIntBE(bytes), group.p - 1n)
  secret.fill(0)
  bytes.fill(0)
  return k
}

/**
 * Verifies a signature over SHA-256 of the message. Beyond the equation, r must be of prime order: otherwise
 * anyone can sign anything for anyone with r = q, which is not a square (see `legacyElGamal`).
 * @throws ChartsealError `session/bad-public-key`
 */
export function verify(publicKey: PublicKey, message: Uint8Array, signature: Signature): boolean {
  checkPublicKey(publicKey)
  const group = groupOf(publicKey.group)
  if (!isElement(group, signature.r)) return false
  return verifyDigest(group, publicKey.y, messageDigest(message), signature)
}
