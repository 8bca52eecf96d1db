import { hmac } from '@noble/hashes/hmac.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { nonceBytes } from '../aead.js'
import { concat, equal } from '../bytes.js'
import { encodeUtf8 } from '../encoding.js'
import { coreError } from '../errors.js'
import { AeadKey } from '../keys.js'
import { commitmentBytes, saltBytes } from './layout.js'

/** What one message is sealed under. Whoever derives it wipes it. */
export interface MessageKeys {
  readonly key: Uint8Array
  readonly baseNonce: Uint8Array
  readonly commitment: Uint8Array
  wipe(): void
}

const label = encodeUtf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')

/** Keys of one message from the input key, its salt (24 bytes) and its context. */
export function deriveKeys(inputKey: AeadKey, salt: Uint8Array, context: Uint8Array): MessageKeys {
  const nonceEnd = AeadKey.sizeBytes + nonceBytes
  const info = concat(label, salt, context)
  const material = expandTwice(inputKey.reveal(), info)
  return {
    key: material.subarray(0, AeadKey.sizeBytes),
    baseNonce: material.subarray(AeadKey.sizeBytes, nonceEnd),
    commitment: material.subarray(nonceEnd, nonceEnd + commitmentBytes),
    wipe: () => void material.fill(0),
  }
}

/**
 * The first two blocks of HKDF-Expand (RFC 5869 2.3) with SHA-512. The specification takes a pseudorandom key of 32
 * bytes, without extract; libraries insist on one as long as the hash.
 */
function expandTwice(key: Uint8Array, info: Uint8Array): Uint8Array {
  const first = hmac(sha512, key, concat(info, Uint8Array.of(1)))
  const second = hmac(sha512, key, concat(first, info, Uint8Array.of(2)))
  const material = concat(first, second)
  first.fill(0)
  second.fill(0)
  return material
}

/**
 * The keys of a message that begins with `header`, its commitment checked before any chunk is touched.
 * @throws ChartsealError `open/failed`
 */
export function openKeys(inputKey: AeadKey, header: Uint8Array, context: Uint8Array): MessageKeys {
  const keys = deriveKeys(inputKey, header.subarray(0, saltBytes), context)
  if (equal(keys.commitment, header.subarray(saltBytes))) return keys
  keys.wipe()
  throw coreError('open/failed', {})
}
