import { defaultEngine } from '@chartseal/core/engine'
import { envelopeError } from './errors.js'
import type { Platform } from './platform.js'

// The schemes in use reach back to DES and RC2, which no browser has.
async function unsupported(): Promise<never> {
  throw envelopeError('envelope/encrypted-key-unsupported', {})
}

export const platform: Platform = {
  sha256: bytes => defaultEngine().sha256(bytes),
  decryptPkcs8: unsupported,
  encryptPkcs8: unsupported,
}
