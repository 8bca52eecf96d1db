/**
 * Opcodes 30 and 40 of the seed: iv 16 ‖ AES-CBC with PKCS#7 padding.
 *
 * Weak by design: no authentication (a flipped bit of the iv flips a bit of the text and is accepted), and
 * of the group key's 32 bytes only 16 are used.
 */
import { concat } from '@chartseal/core/bytes'
import { decodeHex, decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { platform } from '#platform'

const ivBytes = 16
const blockBytes = 16
const keyBytes = 32
const messageKeyBytes = 16

/** Opcode 30: the group key's hex text under AES-256 with the session key. Both keys have 32 bytes. */
export function sealGroupKey(
  sessionKey: Uint8Array,
  groupKey: Uint8Array,
  random: Random = systemRandom,
): Uint8Array {
  checkLength(groupKey)
  return sealCbc(checkLength(sessionKey), encodeUtf8(encodeHex(groupKey)), random)
}

/** @throws ChartsealError `open/failed` unless the content is the hex text of 32 bytes */
export function openGroupKey(sessionKey: Uint8Array, payload: Uint8Array): Uint8Array {
  const text = legacyOpenText(checkLength(sessionKey), payload)
  if (!/^[0-9a-f]{64}$/.test(text)) throw coreError('open/failed', {})
  return decodeHex(text)
}

/** Opcode 40: the text under AES-128 with the first 16 bytes of the group key. */
export function sealMessage(
  groupKey: Uint8Array,
  message: string,
  random: Random = systemRandom,
): Uint8Array {
  return sealCbc(messageKeyOf(groupKey), encodeUtf8(message), random)
}

/** @throws ChartsealError `open/failed` for padding or content that is not what a seed sends */
export function openMessage(groupKey: Uint8Array, payload: Uint8Array): string {
  return legacyOpenText(messageKeyOf(groupKey), payload)
}

/** The 16 bytes that opcode 40 uses of a group key. @throws ChartsealError `key/wrong-length` */
export function messageKeyOf(groupKey: Uint8Array): Uint8Array {
  return checkLength(groupKey).slice(0, messageKeyBytes)
}

/**
 * Any payload under any AES key of 16, 24 or 32 bytes, as text.
 * @throws ChartsealError `open/failed` for a length, padding or UTF-8 that is wrong
 */
export function legacyOpenText(key: Uint8Array, payload: Uint8Array): string {
  const plaintext = openCbc(key, payload.subarray(0, ivBytes), payload.subarray(ivBytes))
  if (plaintext === null) throw coreError('open/failed', {})
  try {
    return decodeUtf8(plaintext)
  } catch {
    throw coreError('open/failed', {})
  }
}

/** What was sealed; `null` for a length or padding that is wrong. */
export function openCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
  const whole = ciphertext.length > 0 && ciphertext.length % blockBytes === 0
  return whole ? platform.decryptCbc(key, iv, ciphertext) : null
}

function sealCbc(key: Uint8Array, plaintext: Uint8Array, random: Random): Uint8Array {
  const iv = random.bytes(ivBytes)
  return concat(iv, platform.encryptCbc(key, iv, plaintext))
}

function checkLength(key: Uint8Array): Uint8Array {
  if (key.length === keyBytes) return key
  throw coreError('key/wrong-length', { expectedBytes: keyBytes, actualBytes: key.length })
}
