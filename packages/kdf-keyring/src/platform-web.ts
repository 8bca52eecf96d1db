import { ownBuffer } from '@chartseal/core/bytes'
import type { Platform } from './platform.js'

export const platform: Platform = {
  async pbkdf2(secret, salt, iterations, sizeBytes) {
    const raw = ownBuffer(secret)
    try {
      const key = await crypto.subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveBits'])
      const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: ownBuffer(salt), iterations }
      return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, sizeBytes * 8))
    } finally {
      raw.fill(0)
    }
  },
}
