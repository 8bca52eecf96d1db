import { createCipheriv, createHash, createPrivateKey, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { derTag, encodeDer } from '@chartseal/core/der'
import { decodeHex } from '@chartseal/core/encoding'
import type { Platform } from './platform.js'

const stretch = promisify(pbkdf2)
// As the keyring hardens its passphrases; OpenSSL itself would write 2,048.
const iterations = 600_000

export const platform: Platform = {
  sha256: bytes => Uint8Array.from(createHash('sha256').update(bytes).digest()),

  async decryptPkcs8(encrypted, passphrase) {
    try {
      const key = createPrivateKey({ key: Buffer.from(encrypted), format: 'der', type: 'pkcs8', passphrase })
      const exported = key.export({ format: 'der', type: 'pkcs8' })
      const pkcs8 = Uint8Array.from(exported)
      exported.fill(0)
      return pkcs8
    } catch {
      return null
    }
  },

  async encryptPkcs8(pkcs8, passphrase, random) {
    const salt = random.bytes(16)
    const iv = random.bytes(16)
    const key = await stretch(passphrase, salt, iterations, 32, 'sha256')
    const cipher = createCipheriv('aes-256-cbc', key, iv)
    key.fill(0)
    const encrypted = concat(cipher.update(pkcs8), cipher.final())
    return sequence(pbes2(salt, iv), encodeDer(derTag.octetString, encrypted))
  },
}

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => encodeDer(derTag.sequence, ...parts)
const objectId = (content: string): Uint8Array => encodeDer(derTag.objectId, decodeHex(content))

/** AlgorithmIdentifier of PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 8018 A.2, A.4, B.2.5). */
function pbes2(salt: Uint8Array, iv: Uint8Array): Uint8Array {
  const hmacSha256 = sequence(objectId('2a864886f70d0209'), encodeDer(derTag.null))
  const count = encodeDer(derTag.integer, fromBigIntBE(BigInt(iterations), 3))
  const kdf = sequence(
    objectId('2a864886f70d01050c'),
    sequence(encodeDer(derTag.octetString, salt), count, hmacSha256),
  )
  const cipher = sequence(objectId('60864801650304012a'), encodeDer(derTag.octetString, iv))
  return sequence(objectId('2a864886f70d01050d'), sequence(kdf, cipher))
}
