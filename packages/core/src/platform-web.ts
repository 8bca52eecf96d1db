import { gcm } from '@noble/ciphers/aes.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  sha256,

  sealGcm(key, nonce, plaintext, aad) {
    return gcm(key, nonce, aad).encrypt(plaintext)
  },

  openGcm(key, nonce, sealed, aad) {
    try {
      return gcm(key, nonce, aad).decrypt(sealed)
    } catch {
      return null
    }
  },

  syncGcm: key => ({
    seal(nonce, plaintext, output) {
      output.set(gcm(key, nonce).encrypt(plaintext))
    },
    open(nonce, sealed, output) {
      try {
        output.set(gcm(key, nonce).decrypt(sealed))
        return true
      } catch {
        return false
      }
    },
  }),
}
