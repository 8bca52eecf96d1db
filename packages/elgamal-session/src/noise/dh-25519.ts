/** The 25519 DH functions (Noise 12.1): a result of zero is refused, as 12.1 allows. */
import {
  AgreementKey,
  AgreementPublicKey,
  agreeOrNull,
  EphemeralKey,
  publicKeyBytes,
  publicKeyOf,
} from '@chartseal/core/x25519'
import type { DhFunctions, KeyPair, RemoteKey } from './dh.js'

export const dh25519: DhFunctions = {
  name: '25519',
  publicKeyBytes,
  privateKeyBytes: AgreementKey.sizeBytes,

  newPrivateKey: random => random.bytes(AgreementKey.sizeBytes),

  keyPairOf(privateKey) {
    const key = new AgreementKey(privateKey.reveal())
    return pairOf(key, publicKeyOf(key))
  },

  ephemeral(random) {
    const key = new EphemeralKey(random)
    return pairOf(key, key.publicKey)
  },

  remoteKeyOf: bytes => (bytes.length === publicKeyBytes ? new Remote25519(bytes) : null),
}

/** Points of small order show when they are agreed with. */
class Remote25519 implements RemoteKey {
  readonly bytes: Uint8Array
  readonly key: AgreementPublicKey

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.key = new AgreementPublicKey(bytes)
  }
}

function pairOf(key: AgreementKey | EphemeralKey, publicKey: Uint8Array): KeyPair {
  return {
    publicKey,
    agree(theirs) {
      if (!(theirs instanceof Remote25519)) throw new TypeError('theirs must be a key of 25519')
      using shared = agreeOrNull(key, theirs.key)
      return shared === null ? null : Uint8Array.from(shared.reveal())
    },
    wipe: () => key.wipe(),
  }
}
