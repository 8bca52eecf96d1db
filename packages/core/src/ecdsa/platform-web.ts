import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Ecdsa } from './platform.js'

const curves = { secp256k1, 'P-256': p256 }

export const ecdsa: Ecdsa = {
  verifySha256(curve, point, message, signature) {
    try {
      return curves[curve].verify(signature, message, point, {
        prehash: true,
        lowS: false,
        format: 'compact',
      })
    } catch {
      return false
    }
  },
}
