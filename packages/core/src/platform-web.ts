import { gcm } from '@noble/ciphers/aes.js'
import { ownBuffer } from './bytes.js'
import type { BulkGcm, Platform } from './platform.js'

export const platform: Platform = {
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

  bulkGcm(key) {
    const copy = ownBuffer(key)
    const imported = crypto.subtle.importKey('raw', copy, 'AES-GCM', false, ['encrypt', 'decrypt'])
    // WebCrypto has taken its own copy by the time the call returns.
    copy.fill(0)
    return webCryptoGcm(imported)
  },
}

function webCryptoGcm(key: Promise<CryptoKey>): BulkGcm {
  const algorithm = (nonce: Uint8Array): AesGcmParams => ({ name: 'AES-GCM', iv: ownBuffer(nonce) })
  return {
    // The copies are taken before anything is waited for: arguments are not kept.
    async seal(nonce, plaintext, output) {
      const copy = ownBuffer(plaintext)
      output.set(new Uint8Array(await crypto.subtle.encrypt(algorithm(nonce), await key, copy)))
    },

    async open(nonce, sealed, output) {
      const copy = ownBuffer(sealed)
      try {
        output.set(new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce), await key, copy)))
        return true
      } catch {
        return false
      }
    },
  }
}
