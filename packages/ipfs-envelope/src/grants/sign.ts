import { concat } from '@chartseal/core/bytes'
import { type SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeContent, parseGrantList, signedBytes } from './codec.js'
import type { GrantContent, GrantList } from './list.js'

/** Who owns a package and signs its lists: a key here, in a browser, in a card. */
export interface Owner {
  /** Ed25519, 32 bytes. */
  readonly verifyingKey: Uint8Array
  /** RFC 8032 Ed25519 of exactly these bytes; 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** An owner by a key in memory, which stays the caller's. @throws ChartsealError `key/wiped` */
export function ownerOf(key: SigningKey): Owner {
  return { verifyingKey: verifyingKeyOf(key), sign: async bytes => sign(key, bytes) }
}

/**
 * Signs a list, and reads it back before it is given out. `owner` of the content is the signer's key.
 * @throws ChartsealError `grants/…` for content that no list has, and `grants/bad-signature` for a signer that gives
 * something else; TypeError
 */
export async function signGrantList(owner: Owner, content: Omit<GrantContent, 'owner'>): Promise<GrantList> {
  const encoded = encodeContent({ ...content, owner: owner.verifyingKey })
  return parseGrantList(concat(encoded, await owner.sign(signedBytes(encoded))))
}
