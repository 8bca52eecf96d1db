import { createCipheriv, createDecipheriv, createDiffieHellman } from 'node:crypto'
import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { bigIntModPow } from './mod-pow.js'
import type { Platform } from './platform.js'

// A Diffie-Hellman computation is an exponentiation. OpenSSL takes exponents below (p - 1) / 2 only, so
// the last bit is applied outside; it refuses 0, 1 and p - 1 as base or as result.
function opensslModPow(base: bigint, exponent: bigint, modulus: bigint): bigint | null {
  const sizeBytes = Math.ceil(modulus.toString(16).length / 2)
  try {
    const exchange = createDiffieHellman(fromBigIntBE(modulus, sizeBytes), 2)
    exchange.setPrivateKey(fromBigIntBE(exponent >> 1n, sizeBytes))
    const root = toBigIntBE(exchange.computeSecret(fromBigIntBE(base, sizeBytes)))
    const square = (root * root) % modulus
    return (exponent & 1n) === 1n ? (square * base) % modulus : square
  } catch {
    return null
  }
}

export const platform: Platform = {
  modPow(base, exponent, modulus) {
    return opensslModPow(base, exponent, modulus) ?? bigIntModPow(base, exponent, modulus)
  },

  encryptCbc(key, iv, plaintext) {
    const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv)
    return concat(cipher.update(plaintext), cipher.final())
  },

  decryptCbc(key, iv, ciphertext) {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv)
    const start = decipher.update(ciphertext)
    try {
      return concat(start, decipher.final())
    } catch {
      return null
    }
  },
}
