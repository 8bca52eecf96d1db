/** Static keys of a conference, in the group of its handshake. */
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { ConferenceSuite, StaticKeyPair } from '@chartseal/elgamal-session'
import { StaticKey } from '@chartseal/elgamal-session/noise'

export function createStaticKey(suite: ConferenceSuite, random: Random): StaticKeyPair {
  using key = StaticKey.generate(suite, random)
  return { privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey }
}

/** The key of a secret that was stored. @throws ChartsealError `key/wrong-length`, `key/invalid` */
export function readStaticKey(suite: ConferenceSuite, secret: Uint8Array): StaticKeyPair {
  using privateKey = new SecretBytes(secret)
  using key = new StaticKey(suite, privateKey)
  return { privateKey: new SecretBytes(secret), publicKey: key.publicKey }
}
