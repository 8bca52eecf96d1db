/**
 * AES-256-GCM (NIST SP 800-38D) for values in memory: 12-byte random nonce, 16-byte tag.
 *
 * With random nonces one key must not seal more than 2^32 messages (SP 800-38D 8.3). GCM does not
 * commit to its key.
 */
import { platform } from '#platform'
import { coreError } from './errors.js'
import type { AeadKey } from './keys.js'
import type { Random } from './ports.js'
import { systemRandom } from './system.js'

export const nonceBytes = 12
export const tagBytes = 16

/** Nonce and ciphertext; the ciphertext ends with the tag. */
export interface Sealed {
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Seals under a fresh random nonce. `aad` is authenticated, not encrypted. */
export function seal(
  key: AeadKey,
  plaintext: Uint8Array,
  aad: Uint8Array,
  random: Random = systemRandom,
): Sealed {
  const nonce = random.bytes(nonceBytes)
  return { nonce, ciphertext: platform.sealGcm(key.reveal(), nonce, plaintext, aad) }
}

/** @throws ChartsealError `open/failed` for a wrong key, nonce, aad or ciphertext, or one shorter than a tag */
export function open(key: AeadKey, sealed: Sealed, aad: Uint8Array): Uint8Array {
  const { nonce, ciphertext } = sealed
  const keyBytes = key.reveal()
  const sized = nonce.length === nonceBytes && ciphertext.length >= tagBytes
  const plaintext = sized ? platform.openGcm(keyBytes, nonce, ciphertext, aad) : null
  if (plaintext === null) throw coreError('open/failed', {})
  return plaintext
}
