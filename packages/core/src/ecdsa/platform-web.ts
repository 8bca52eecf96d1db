import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Ecdsa } from './platform.js'

const curves = { secp256k1, 'P-256': p256 }
const options = { prehash: true, lowS: false, format: 'compact' } as const

export const ecdsa: Ecdsa = {
  verifier(curve, point) {
    const publicKey = Uint8Array.from(point)
    if (!curves[curve].utils.isValidPublicKey(publicKey, false)) return null
    return {
      verifySha256(message, signature) {
        try {
          return curves[curve].verify(signature, message, publicKey, options)
        } catch {
          return false
        }
      },
    }
  },
}
