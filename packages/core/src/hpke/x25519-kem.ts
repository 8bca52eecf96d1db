import { concat } from '../bytes.js'
import { AgreementKey, agree, agreeOrNull, publicKeyBytes, publicKeyOf } from '../x25519.js'
import { hashBytes, labeledExpand, labeledExtract, labelOf, nothing, suiteId } from './kdf.js'
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
    using ephemeral = AgreementKey.generate(random)
    using dh = agree(ephemeral, publicKey)
    const enc = publicKeyOf(ephemeral)
    return { enc, shared: extractAndExpand(dh.reveal(), concat(enc, publicKey)) }
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
