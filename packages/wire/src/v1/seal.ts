import { open as openAead, seal as sealAead, tagBytes } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { wireError } from './errors.js'
import { format, type ParseOptions, parse } from './text.js'

export interface SealOptions {
  readonly random?: Random
}

export interface OpenOptions extends ParseOptions {
  /** Refuse a message that names another patient: the sender chooses the id, not the recipient. */
  readonly expectedPatientId?: string
}

export interface OpenedMessage {
  readonly plaintext: string
  readonly patientId: string
}

/**
 * Seals a text for one patient as `[MEDCRYPT:v1:…]` (AES-256-GCM, 12-byte random nonce, the patient id as
 * additional authenticated data). Empty text is legal.
 *
 * Weak by design: the patient id and the length are in clear; nothing names the key, the month, the sender
 * or the direction, and nothing detects a replay. One key must not seal more than 2^32 messages.
 * @throws ChartsealError `wire/bad-patient-id`, `encoding/invalid` (a lone surrogate), `key/wiped`
 */
export function seal(key: AeadKey, plaintext: string, patientId: string, options: SealOptions = {}): string {
  if (patientId === '') throw wireError('wire/bad-patient-id', { reason: 'empty' })
  const aad = encodeUtf8(patientId)
  const sealed = sealAead(key, encodeUtf8(plaintext), aad, options.random ?? systemRandom)
  const split = sealed.ciphertext.length - tagBytes
  return format({
    patientId,
    nonce: sealed.nonce,
    ciphertext: sealed.ciphertext.subarray(0, split),
    tag: sealed.ciphertext.subarray(split),
  })
}

/**
 * Opens a message.
 * @throws ChartsealError `wire/…` for what anyone can see, `open/failed` for a wrong key, a changed message
 * or a plaintext that is not UTF-8
 */
export function open(key: AeadKey, text: string, options: OpenOptions = {}): OpenedMessage {
  const { patientId, nonce, ciphertext, tag } = parse(text, options)
  if (options.expectedPatientId !== undefined && options.expectedPatientId !== patientId) {
    throw wireError('wire/other-patient', {})
  }
  const plaintext = openAead(key, { nonce, ciphertext: concat(ciphertext, tag) }, encodeUtf8(patientId))
  try {
    return { plaintext: decodeUtf8(plaintext), patientId }
  } catch {
    throw coreError('open/failed', {})
  }
}
