import { cbc, gcm } from '@noble/ciphers/aes.js'
import { bigIntModPow } from './mod-pow.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  modPow: bigIntModPow,

  encryptCbc(key, iv, plaintext) {
    return cbc(key, iv).encrypt(plaintext)
  },

  decryptCbc(key, iv, ciphertext) {
    try {
      return cbc(key, iv).decrypt(ciphertext)
    } catch {
      return null
    }
  },

  sealKey(key, nonce, plaintext, aad, output) {
    output.set(gcm(key, nonce, aad).encrypt(plaintext))
  },

  openKey(key, nonce, sealed, aad) {
    try {
      return gcm(key, nonce, aad).decrypt(sealed)
    } catch {
      return null
    }
  },
}
