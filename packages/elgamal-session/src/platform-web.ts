import { cbc } from '@noble/ciphers/aes.js'
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
}
