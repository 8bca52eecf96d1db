import { hpkePlatform } from '#hpke'
import { concat } from '../bytes.js'
import { hashBytes } from '../hkdf.js'
import { AgreementKey, agreeOnce, agreeOrNull, publicKeyBytes, publicKeyOf } from '../x25519.js'
import { labeledExpand, labeledExtract, labelOf, nothing, suiteId } from './kdf.js'
import type { Kem } from './kem.js'

const id = 0x0020
const suite = suiteId('KEM', id)
const eaePrk = labelOf(suite, 'eae_prk')
const sharedSecret = labelOf(suite, 'shared_secret')

/** DHKEM(X25519, HKDF-SHA256), RFC 9180 4.1: 32 bytes for everything. */
export const x25519Kem: Kem = {
  name: 'x25519',
  id,
  publicKeyBytes,
  encBytes: publicKeyBytes,
  secretKeyBytes: AgreementKey.sizeBytes,

  publicKeyOf(secret) {
    using key = new AgreementKey(secret)
    return publicKeyOf(key)
  },

  encapsulate(publicKey, random) {
    const native = hpkePlatform.encapsulateX25519(publicKey, random)
    if (native !== null) return native
    const { publicKey: enc, shared: dh } = agreeOnce(publicKey, random)
    const shared = extractAndExpand(dh, concat(enc, publicKey))
    dh.fill(0)
    return { enc, shared }
  },

  decapsulate(secret, enc) {
    using key = new AgreementKey(secret)
    using dh = agreeOrNull(key, enc)
    return dh === null ? null : extractAndExpand(dh.reveal(), concat(enc, publicKeyOf(key)))
  },
}

/** @param context both public keys, that of the sender first */
function extractAndExpand(dh: Uint8Array, context: Uint8Array): Uint8Array {
  const key = labeledExtract(nothing, eaePrk, dh)
  const shared = labeledExpand(key, sharedSecret, context, hashBytes)
  key.fill(0)
  return shared
}
