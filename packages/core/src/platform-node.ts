import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat } from './bytes.js'
import type { Platform } from './platform.js'

const tagBytes = 16
const noAad = new Uint8Array(0)

export const platform: Platform = {
  sealGcm(key, nonce, plaintext, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    cipher.setAAD(aad)
    return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
  },

  openGcm(key, nonce, sealed, aad) {
    const split = sealed.length - tagBytes
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(split))
    const plaintext = decipher.update(sealed.subarray(0, split))
    try {
      decipher.final()
      return new Uint8Array(plaintext)
    } catch {
      return null
    } finally {
      plaintext.fill(0)
    }
  },

  // OpenSSL at once is faster than a thread pool for every 16 KiB.
  bulkGcm: key => ({
    seal: (nonce, plaintext) => platform.sealGcm(key, nonce, plaintext, noAad),
    open: (nonce, sealed) => platform.openGcm(key, nonce, sealed, noAad),
  }),
}
