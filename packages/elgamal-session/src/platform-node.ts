import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { derTag, encodeDer } from '@chartseal/core/der'
import { decodeHex } from '@chartseal/core/encoding'
import { bigIntModPow } from './mod-pow.js'
import type { Platform } from './platform.js'

// A Diffie-Hellman computation is an exponentiation. OpenSSL takes exponents below (p - 1) / 2 only, so
// the last bit is applied outside; versions differ in which bases and results they refuse. Key objects and
// not `createDiffieHellman`, which in Node 24 tests the prime anew, for seconds, on each call.
function opensslModPow(base: bigint, exponent: bigint, modulus: bigint): bigint | null {
  try {
    const privateKey = privateKeyOf(modulus, exponent >> 1n)
    const publicKey = publicKeyOf(modulus, base)
    const root = toBigIntBE(diffieHellman({ privateKey, publicKey }))
    const square = (root * root) % modulus
    return (exponent & 1n) === 1n ? (square * base) % modulus : square
  } catch {
    return null
  }
}

const version = integer(0n)
// dhKeyAgreement, PKCS #3: 1.2.840.113549.1.3.1
const dhKeyAgreement = encodeDer(derTag.objectId, decodeHex('2a864886f70d010301'))

/** PKCS #8 (RFC 5958). */
function privateKeyOf(modulus: bigint, exponent: bigint): KeyObject {
  const secret = encodeDer(derTag.octetString, integer(exponent))
  const der = encodeDer(derTag.sequence, version, algorithm(modulus), secret)
  const key = createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' })
  secret.fill(0)
  der.fill(0)
  return key
}

/** SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
function publicKeyOf(modulus: bigint, element: bigint): KeyObject {
  const bits = encodeDer(derTag.bitString, Uint8Array.of(0), integer(element))
  const der = encodeDer(derTag.sequence, algorithm(modulus), bits)
  return createPublicKey({ key: Buffer.from(der.buffer), format: 'der', type: 'spki' })
}

// The generator is that of all groups here; OpenSSL knows them by both numbers.
function algorithm(modulus: bigint): Uint8Array {
  const parameters = encodeDer(derTag.sequence, integer(modulus), integer(2n))
  return encodeDer(derTag.sequence, dhKeyAgreement, parameters)
}

/** INTEGER: a leading zero keeps the first bit free for the sign. */
function integer(value: bigint): Uint8Array {
  const sizeBytes = Math.floor(value.toString(2).length / 8) + 1
  return encodeDer(derTag.integer, fromBigIntBE(value, sizeBytes))
}

export const platform: Platform = {
  modPow(base, exponent, modulus) {
    return opensslModPow(base, exponent, modulus) ?? bigIntModPow(base, exponent, modulus)
  },

  // Of the bytes of a key Node 24 takes five times as long.
  encryptCbc(key, iv, plaintext) {
    const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, createSecretKey(key), iv)
    return concat(cipher.update(plaintext), cipher.final())
  },

  decryptCbc(key, iv, ciphertext) {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, createSecretKey(key), iv)
    const start = decipher.update(ciphertext)
    try {
      return concat(start, decipher.final())
    } catch {
      return null
    }
  },
}
