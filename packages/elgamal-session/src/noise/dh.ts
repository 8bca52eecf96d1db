/** What Noise asks of a group (revision 34, section 4.1). */
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'

/** The DH functions by the name that stands in the name of the protocol. */
export type Suite = '25519' | 'ffdhe3072'

/** A public key of the other side, checked once however often it is agreed with. */
export interface RemoteKey {
  readonly bytes: Uint8Array
}

/** A private key of this side. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  /**
   * With a key of the same DH functions; the caller wipes the result. `null` where it does not hang on the private key.
   * @throws ChartsealError `key/wiped`
   */
  agree(theirs: RemoteKey): Uint8Array | null
  wipe(): void
}

export interface DhFunctions {
  readonly name: Suite
  /** DHLEN: bytes of a public key, and of what is agreed. */
  readonly publicKeyBytes: number
  readonly privateKeyBytes: number
  /** Fresh bytes of a private key; the caller wipes them. */
  newPrivateKey(random: Random): Uint8Array
  /** A pair for bytes that stay the caller's. @throws ChartsealError `key/wrong-length`, `key/invalid` */
  keyPairOf(privateKey: SecretBytes): KeyPair
  /** A pair for one handshake. */
  ephemeral(random: Random): KeyPair
  /** Keeps the bytes. `null` for those that are no public key. */
  remoteKeyOf(publicKey: Uint8Array): RemoteKey | null
}
