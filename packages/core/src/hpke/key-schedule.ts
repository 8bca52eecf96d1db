/** From a shared secret to the key and nonce of one message: RFC 9180 5.1, base mode. */
import { nonceBytes } from '../aead.js'
import { concat } from '../bytes.js'
import { labeledExpand, labeledExtract, labelOf, nothing, suiteId } from './kdf.js'
import type { Kem } from './kem.js'

const hkdfSha256 = 0x0001
const baseMode = Uint8Array.of(0)

/** An AEAD of RFC 9180 7.3: AES-256-GCM is used, and the vectors of the others show that all before it is right. */
export interface Aead {
  readonly id: number
  readonly keyBytes: number
}

export const aes256Gcm: Aead = { id: 0x0002, keyBytes: 32 }

export interface HpkeKeys {
  readonly key: Uint8Array
  /** Also the nonce of the first message, and here there is no second. */
  readonly baseNonce: Uint8Array
  wipe(): void
}

export function deriveKeys(kem: Kem, aead: Aead, shared: Uint8Array, info: Uint8Array): HpkeKeys {
  const suite = suiteId('HPKE', kem.id, hkdfSha256, aead.id)
  const label = (text: string): Uint8Array => labelOf(suite, text)
  const noPsk = labeledExtract(nothing, label('psk_id_hash'), nothing)
  const context = concat(baseMode, noPsk, labeledExtract(nothing, label('info_hash'), info))
  const secret = labeledExtract(shared, label('secret'), nothing)
  const key = labeledExpand(secret, label('key'), context, aead.keyBytes)
  const baseNonce = labeledExpand(secret, label('base_nonce'), context, nonceBytes)
  secret.fill(0)
  return {
    key,
    baseNonce,
    wipe() {
      key.fill(0)
      baseNonce.fill(0)
    },
  }
}
