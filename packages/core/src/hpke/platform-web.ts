import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { HpkePlatform } from './platform.js'

const messageBytes = 32

export const hpkePlatform: HpkePlatform = {
  sha3: message => sha3_256(message),
  shake256: (message, sizeBytes) => shake256(message, { dkLen: sizeBytes }),
  encapsulateX25519: () => null,

  mlKemPublicKey(seed) {
    const { publicKey, secretKey } = ml_kem768.keygen(seed)
    secretKey.fill(0)
    return publicKey
  },

  mlKemDecapsulate(seed, ciphertext) {
    const { secretKey } = ml_kem768.keygen(seed)
    try {
      return ml_kem768.decapsulate(ciphertext, secretKey)
    } finally {
      secretKey.fill(0)
    }
  },

  mlKemEncapsulate(publicKey, random) {
    const message = random.bytes(messageBytes)
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, message)
      return { enc: cipherText, shared: sharedSecret }
    } catch {
      return null
    } finally {
      message.fill(0)
    }
  },
}
