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

/** What is the same for every message of a KEM and an AEAD. */
export class KeySchedule {
  readonly #keyBytes: number
  readonly #infoHash: Uint8Array
  readonly #secret: Uint8Array
  readonly #key: Uint8Array
  readonly #baseNonce: Uint8Array
  readonly #noPsk: Uint8Array

  constructor(kem: Kem, aead: Aead) {
    const suite = suiteId('HPKE', kem.id, hkdfSha256, aead.id)
    this.#keyBytes = aead.keyBytes
    this.#infoHash = labelOf(suite, 'info_hash')
    this.#secret = labelOf(suite, 'secret')
    this.#key = labelOf(suite, 'key')
    this.#baseNonce = labelOf(suite, 'base_nonce')
    this.#noPsk = labeledExtract(nothing, labelOf(suite, 'psk_id_hash'), nothing)
  }

  /** `shared` stays the caller's. */
  derive(shared: Uint8Array, info: Uint8Array): HpkeKeys {
    const context = concat(baseMode, this.#noPsk, labeledExtract(nothing, this.#infoHash, info))
    const secret = labeledExtract(shared, this.#secret, nothing)
    const key = labeledExpand(secret, this.#key, context, this.#keyBytes)
    const baseNonce = labeledExpand(secret, this.#baseNonce, context, nonceBytes)
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
}
