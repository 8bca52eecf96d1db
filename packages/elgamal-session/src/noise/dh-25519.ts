/** The 25519 DH functions (Noise 12.1): a result of zero is refused, as 12.1 allows. */
import { AgreementKey, agreeOrNull, publicKeyBytes, publicKeyOf } from '@chartseal/core/x25519'
import type { DhFunctions, KeyPair } from './dh.js'

export const dh25519: DhFunctions = {
  name: '25519',
  publicKeyBytes,
  privateKeyBytes: AgreementKey.sizeBytes,
  newPrivateKey: random => random.bytes(AgreementKey.sizeBytes),
  keyPairOf: privateKey => pairOf(new AgreementKey(privateKey.reveal())),
  ephemeral: random => pairOf(AgreementKey.generate(random)),
}

function pairOf(key: AgreementKey): KeyPair {
  return {
    publicKey: publicKeyOf(key),
    agree(theirPublicKey) {
      if (theirPublicKey.length !== publicKeyBytes) return null
      using shared = agreeOrNull(key, theirPublicKey)
      return shared === null ? null : Uint8Array.from(shared.reveal())
    },
    wipe: () => key.wipe(),
  }
}
