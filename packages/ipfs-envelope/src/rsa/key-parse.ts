import { equal } from '@chartseal/core/bytes'
import { DerReader, derTag, encodeDer } from '@chartseal/core/der'
import { decodeHex } from '@chartseal/core/encoding'
import { envelopeError } from '../errors.js'

export const minRsaBits = 2048
/** OpenSSL's own limit. */
const maxRsaBits = 16_384

// AlgorithmIdentifier of rsaEncryption with NULL parameters (RFC 3279 2.3.1).
const rsaEncryption: Uint8Array = decodeHex('300d06092a864886f70d0101010500')
const zero: Uint8Array = Uint8Array.of(derTag.integer, 1, 0)

/** An RSA key, checked and in the one encoding that WebCrypto imports. */
export interface RsaKeyDer {
  readonly der: Uint8Array
  readonly bits: number
}

/**
 * SubjectPublicKeyInfo (RFC 5280 4.1.2.7) of an RSA key.
 * @throws ChartsealError `der/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export function readSpki(der: Uint8Array): RsaKeyDer {
  const spki = sole(der)
  expectRsa(spki)
  const bits = spki.read(derTag.bitString)
  spki.end()
  if (bits[0] !== 0) throw unsupported('a public key that is not whole bytes')
  return readPkcs1Public(bits.subarray(1))
}

/** RSAPublicKey (RFC 8017 A.1.1), made into SubjectPublicKeyInfo. @throws as {@link readSpki} */
export function readPkcs1Public(der: Uint8Array): RsaKeyDer {
  const key = sole(der)
  const { bits } = readPublicNumbers(key)
  key.end()
  const bitString = encodeDer(derTag.bitString, Uint8Array.of(0), der)
  return { der: encodeDer(derTag.sequence, rsaEncryption, bitString), bits }
}

/**
 * PrivateKeyInfo (RFC 5208 5) of an RSA key. The result is secret; the caller wipes it.
 * @throws ChartsealError `der/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export function readPkcs8(der: Uint8Array): RsaKeyDer {
  const info = sole(der)
  if (info.unsigned() !== 0n) throw unsupported('a PKCS#8 version other than 0')
  expectRsa(info)
  // Attributes may follow; they mean nothing here and are left out.
  return readPkcs1Private(info.read(derTag.octetString))
}

/** RSAPrivateKey (RFC 8017 A.1.2) of two primes, made into PrivateKeyInfo. @throws as {@link readPkcs8} */
export function readPkcs1Private(der: Uint8Array): RsaKeyDer {
  const key = sole(der)
  if (key.unsigned() !== 0n) throw unsupported('more than two primes')
  const { modulus, exponent, bits } = readPublicNumbers(key)
  expectConsistent(modulus, exponent, key)
  key.end()
  const octets = encodeDer(derTag.octetString, der)
  return { der: encodeDer(derTag.sequence, zero, rsaEncryption, octets), bits }
}

/** SubjectPublicKeyInfo of the key in a PrivateKeyInfo as {@link readPkcs8} gives it. */
export function publicKeyInfoOf(pkcs8: Uint8Array): Uint8Array {
  const info = sole(pkcs8)
  info.unsigned()
  info.any()
  const key = sole(info.read(derTag.octetString))
  key.unsigned()
  const [modulus, exponent] = [key.any().whole, key.any().whole]
  return readPkcs1Public(encodeDer(derTag.sequence, modulus, exponent)).der
}

/** The reader of a SEQUENCE that is all there is. */
function sole(der: Uint8Array): DerReader {
  const outer = new DerReader(der)
  const inner = outer.sequence()
  outer.end()
  return inner
}

function expectRsa(reader: DerReader): void {
  if (!equal(reader.any().whole, rsaEncryption)) throw unsupported('an algorithm other than rsaEncryption')
}

interface PublicNumbers {
  readonly modulus: bigint
  readonly exponent: bigint
  readonly bits: number
}

// Exponent 1 would leave the file key as it is; RSA has no even numbers. Some platforms stop at
// exponents of 33 bits.
function readPublicNumbers(key: DerReader): PublicNumbers {
  const modulus = key.unsigned()
  const exponent = key.unsigned()
  const bits = modulus.toString(2).length
  if (bits < minRsaBits || bits > maxRsaBits) {
    throw envelopeError('envelope/rsa-size', { bits, minBits: minRsaBits, maxBits: maxRsaBits })
  }
  if (modulus % 2n === 0n || exponent < 3n || exponent % 2n === 0n || exponent >> 32n !== 0n) {
    throw unsupported('a modulus or exponent that RSA does not have')
  }
  return { modulus, exponent, bits }
}

// RFC 8017 3.2: WebCrypto implementations take numbers that do not belong together, and fail later.
function expectConsistent(modulus: bigint, exponent: bigint, key: DerReader): void {
  const [d, p, q] = [key.unsigned(), key.unsigned(), key.unsigned()]
  const [dp, dq, qInverse] = [key.unsigned(), key.unsigned(), key.unsigned()]
  const consistent =
    p > 1n &&
    q > 1n &&
    p * q === modulus &&
    (exponent * d) % (p - 1n) === 1n &&
    (exponent * d) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (q * qInverse) % p === 1n
  if (!consistent) throw unsupported('numbers that do not belong together')
}

function unsupported(reason: string): Error {
  return envelopeError('envelope/unsupported-key', { reason })
}
