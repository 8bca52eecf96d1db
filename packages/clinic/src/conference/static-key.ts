/** Static keys of a conference, in the group of its handshake. */
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import type { ConferenceSuite, StaticKeyPair } from '@chartseal/elgamal-session'

export function createStaticKey(suite: ConferenceSuite, random: Random): StaticKeyPair {
  const secret = random.bytes(32)
  try {
    return readStaticKey(suite, secret)
  } finally {
    secret.fill(0)
  }
}

/** The key of a secret that was stored; the caller wipes the bytes. @throws ChartsealError `key/wrong-length` */
export function readStaticKey(suite: ConferenceSuite, secret: Uint8Array): StaticKeyPair {
  if (suite !== '25519') throw new RangeError('the suite must be 25519')
  const key = new AgreementKey(secret)
  return { privateKey: new SecretBytes(secret), publicKey: publicKeyOf(key) }
}
