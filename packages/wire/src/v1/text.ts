import { nonceBytes, tagBytes } from '@chartseal/core/aead'
import {
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  legacyDecodeBase64,
} from '@chartseal/core/encoding'
import { wireError } from './errors.js'

/** A message taken apart. Everything here is readable without a key; only the tag makes it trustworthy. */
export interface SealedMessage {
  /** In clear on the wire, and the additional authenticated data. */
  readonly patientId: string
  /** 12 bytes. */
  readonly nonce: Uint8Array
  /** As long as the plaintext in UTF-8. */
  readonly ciphertext: Uint8Array
  /** 16 bytes. */
  readonly tag: Uint8Array
}

export interface ParseOptions {
  /** Read base64 as the seed did, and an empty patient id: for archives only. */
  readonly lenient?: boolean
}

/** `[MEDCRYPT:v1:<patient id>:<nonce>:<ciphertext>:<tag>]`, each field in standard base64. */
export function format(message: SealedMessage): string {
  const fields = [encodeUtf8(message.patientId), message.nonce, message.ciphertext, message.tag]
  return `[MEDCRYPT:v1:${fields.map(encodeBase64).join(':')}]`
}

/**
 * Takes a message apart. Strictly, every accepted text satisfies `format(parse(text)) === text`.
 * @throws ChartsealError `wire/…`, one code for each stage, in the order in which they are declared
 */
export function parse(text: string, options: ParseOptions = {}): SealedMessage {
  const lenient = options.lenient ?? false
  const [patientIdText, nonceText, ciphertextText, tagText] = splitFields(text)
  const patientId = decodeField('patient id', patientIdText, lenient)
  const nonce = decodeField('nonce', nonceText, lenient)
  const ciphertext = decodeField('ciphertext', ciphertextText, lenient)
  const tag = decodeField('tag', tagText, lenient)
  expectLength('nonce', nonce, nonceBytes)
  expectLength('tag', tag, tagBytes)
  return { patientId: decodePatientId(patientId, lenient), nonce, ciphertext, tag }
}

const fieldCount = 6

function splitFields(text: string): [string, string, string, string] {
  if (!text.startsWith('[') || !text.endsWith(']')) throw wireError('wire/not-bracketed', {})
  const fields = text.slice(1, -1).split(':')
  const [prefix, version, patientId, nonce, ciphertext, tag] = fields
  if (fields.length !== fieldCount || nonce === undefined || ciphertext === undefined || tag === undefined) {
    throw wireError('wire/field-count', { expected: fieldCount, actual: fields.length })
  }
  if (prefix !== 'MEDCRYPT') throw wireError('wire/unknown-prefix', {})
  if (version !== 'v1') throw wireError('wire/unsupported-version', {})
  return [patientId ?? '', nonce, ciphertext, tag]
}

function decodeField(field: string, text: string, lenient: boolean): Uint8Array {
  try {
    return lenient ? legacyDecodeBase64(text) : decodeBase64(text)
  } catch {
    throw wireError('wire/not-base64', { field })
  }
}

function expectLength(field: string, bytes: Uint8Array, expectedBytes: number): void {
  if (bytes.length !== expectedBytes) {
    throw wireError('wire/field-length', { field, expectedBytes, actualBytes: bytes.length })
  }
}

function decodePatientId(bytes: Uint8Array, lenient: boolean): string {
  if (bytes.length === 0 && !lenient) throw wireError('wire/bad-patient-id', { reason: 'empty' })
  try {
    return decodeUtf8(bytes)
  } catch {
    throw wireError('wire/bad-patient-id', { reason: 'not UTF-8' })
  }
}
