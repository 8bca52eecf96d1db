/** Who a content key is wrapped for, and who can take it out again: open interfaces, equal for all kinds of keys. */
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'

/** How a content key is wrapped: HPKE base mode (RFC 9180) with one of two KEMs, or RSAES-OAEP (RFC 8017 7.1). */
export type WrapName = 'x25519' | 'xwing' | 'rsa-oaep'

/** Whoever can be told in a grant list by who knows their public key. */
export interface KeyHolder {
  /** SHA-256 of the public key; for RSA of its SubjectPublicKeyInfo in DER. */
  readonly keyHash: Uint8Array
}

/** One wrapped content key. */
export interface WrappedKey {
  /** What the KEM encapsulated; empty for RSA-OAEP. */
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

export interface Recipient extends KeyHolder {
  readonly kem: WrapName
  /** `info` binds owner, package, version and payload: HPKE's info, or the label of RSA-OAEP. */
  wrap(info: Uint8Array, contentKey: AeadKey, random: Random): Promise<WrappedKey>
}

export interface Identity extends KeyHolder {
  readonly kem: WrapName
  /**
   * The content key, which the caller wipes. `null`: the entry is not for this identity, or was changed. Throws only when
   * a key that is elsewhere, in a card or an HSM, could not be asked.
   */
  unwrap(info: Uint8Array, entry: WrappedKey): Promise<AeadKey | null>
}
