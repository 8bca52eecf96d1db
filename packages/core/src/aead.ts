/**
 * AES-256-GCM (NIST SP 800-38D) for values in memory: 12-byte random nonce, 16-byte tag.
 *
 * With random nonces one key must not seal more than 2^32 messages (SP 800-38D 8.3). GCM does not
 * commit to its key. Where both sides count what they seal under a key of their own, the number is the nonce:
 * `sealAt` and `openAt`.
 */
import { platform } from '#platform'
import { coreError } from './errors.js'
import type { AeadKey } from './keys.js'
import type { Random } from './ports.js'
import { systemRandom } from './system.js'

const lastSequence = 2n ** 64n - 1n

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

/**
 * Seals what is `sequence` in order under this key: the nonce is 32 zero bits and `sequence` as u64 (as Noise 12.4 has
 * it). Two messages of one key and sequence give both away, and the key of their tags: whoever counts never goes back.
 */
export function sealAt(key: AeadKey, sequence: bigint, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  return platform.sealGcm(key.reveal(), nonceAt(sequence), plaintext, aad)
}

/** @throws ChartsealError `open/failed` for a wrong key, sequence, aad or ciphertext, or one shorter than a tag */
export function openAt(key: AeadKey, sequence: bigint, ciphertext: Uint8Array, aad: Uint8Array): Uint8Array {
  return open(key, { nonce: nonceAt(sequence), ciphertext }, aad)
}

function nonceAt(sequence: bigint): Uint8Array {
  if (sequence < 0n || sequence > lastSequence) throw new RangeError('sequence must be an integer of 64 bits')
  const nonce = new Uint8Array(nonceBytes)
  new DataView(nonce.buffer).setBigUint64(4, sequence)
  return nonce
}
