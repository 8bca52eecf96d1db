import type { AeadKey } from '@chartseal/core/keys'

/** A file key that is encrypted for one recipient: one entry of `enc_keys`. */
export interface WrappedKey {
  /** A name that the sender chose. */
  readonly recipientId: string
  readonly wrapped: Uint8Array
}

/** Someone a file key can be wrapped for: an RSA public key, or anything else that can wrap. */
export interface Recipient {
  /** Not empty, well-formed Unicode. */
  readonly id: string
  wrap(fileKey: AeadKey): Promise<Uint8Array>
}

/** Someone who can unwrap file keys: an RSA private key, a card, a hospital's HSM. */
export interface Identity {
  /**
   * The entry that is meant for this identity. `null` when the identity has no name: then it is asked
   * to try every entry.
   */
  readonly recipientId: string | null
  /**
   * The file key, which the caller wipes. `null`: no entry is for this identity. Throws only when one is,
   * and is broken in a way that cannot mean that it is for someone else.
   */
  unwrap(wrapped: readonly WrappedKey[]): Promise<AeadKey | null>
}
