/** Two libraries that know nothing of ours, each in its own words. */
import type { Kem } from '@chartseal/core/hpke'
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, type KemInterface } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import * as hpke from 'hpke'

export interface Peer {
  readonly name: string
  seal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<PeerSealed>
  open(secret: Uint8Array, sealed: PeerSealed, info: Uint8Array): Promise<Uint8Array>
}

export interface PeerSealed {
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

const own = (bytes: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

function dajiaji(kem: KemInterface): Peer {
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() })
  return {
    name: '@hpke/core',
    async seal(publicKey, info, plaintext) {
      const recipientPublicKey = await suite.kem.deserializePublicKey(own(publicKey))
      const { enc, ct } = await suite.seal({ recipientPublicKey, info: own(info) }, own(plaintext))
      return { enc: own(enc), ct: own(ct) }
    },
    async open(secret, { enc, ct }, info) {
      const recipientKey = await suite.kem.deserializePrivateKey(own(secret))
      return own(await suite.open({ recipientKey, enc: own(enc), info: own(info) }, own(ct)))
    },
  }
}

function panva(kem: hpke.KEMFactory): Peer {
  const suite = new hpke.CipherSuite(kem, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES_256_GCM)
  return {
    name: 'hpke',
    async seal(publicKey, info, plaintext) {
      const key = await suite.DeserializePublicKey(publicKey)
      const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info })
      return { enc: encapsulatedSecret, ct: ciphertext }
    },
    async open(secret, { enc, ct }, info) {
      const key = await suite.DeserializePrivateKey(secret, true)
      return suite.Open(key, enc, ct, { info })
    },
  }
}

/** `hpke` has X-Wing where WebCrypto has ML-KEM: not in Node 20. */
export async function peersOf(kem: Kem): Promise<readonly Peer[]> {
  if (kem.name === 'x25519') {
    return [dajiaji(new DhkemX25519HkdfSha256()), panva(hpke.KEM_DHKEM_X25519_HKDF_SHA256)]
  }
  const hasMlKem = Number(process.versions.node.split('.')[0]) >= 24
  return [dajiaji(new XWing()), ...(hasMlKem ? [panva(hpke.KEM_MLKEM768_X25519)] : [])]
}
