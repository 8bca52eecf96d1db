import { nonceBytes } from '@chartseal/core/aead'
import { requireText } from '@chartseal/core/arguments'
import { encodeBase64 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { isMisreadName, JsonObject, repeatsName } from '@chartseal/core/json'
import { parseCid } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import type { WrappedKey } from '../recipient.js'
import { requirePackage } from './fields.js'

/** A package taken apart. Nothing in it is authenticated: anyone can make one, or change one. */
export interface EnvelopePackage {
  /** Of the ciphertext. */
  readonly cid: string
  /** 12 bytes. */
  readonly nonce: Uint8Array
  /** At least one. */
  readonly encKeys: readonly WrappedKey[]
}

/** The fields of the JSON object, bytes in base64. */
export interface PackageFields {
  readonly cid: string
  readonly nonce: string
  readonly enc_keys: Readonly<Record<string, string>>
}

const fields: readonly string[] = ['cid', 'nonce', 'enc_keys']

/**
 * Reads a package from JSON text. Fields may come in any order and with any white space, each once; other
 * fields are refused, for nothing authenticates them. Law: `parse(format(p))` is `p`.
 * @throws ChartsealError `json/invalid`, `envelope/unknown-field`, `envelope/duplicate-field`,
 * `envelope/bad-cid`, `envelope/unsupported-cid`, `envelope/nonce-length`, `envelope/no-recipients`
 */
export function parsePackage(text: string): EnvelopePackage {
  requireText('text', text)
  if (repeatsName(text)) throw envelopeError('envelope/duplicate-field', {})
  return packageFrom(JsonObject.parse(text))
}

/** As {@link parsePackage}, of JSON that is parsed already; repeated fields can no longer be seen. */
export function packageFrom(json: JsonObject): EnvelopePackage {
  const others = json.keys.filter(key => !fields.includes(key)).length
  if (others > 0) throw envelopeError('envelope/unknown-field', { count: others })
  const cid = parseCid(json.text('cid')).toString()
  const nonce = json.base64('nonce')
  if (nonce.length !== nonceBytes) {
    throw envelopeError('envelope/nonce-length', { expectedBytes: nonceBytes, actualBytes: nonce.length })
  }
  return { cid, nonce, encKeys: readKeys(json.object('enc_keys')) }
}

/** The package as one line of JSON. @throws as {@link packageFields} */
export function formatPackage(envelope: EnvelopePackage): string {
  return JSON.stringify(packageFields(envelope))
}

/**
 * The package as the JSON object of the format, read back before it is given out.
 * @throws ChartsealError `envelope/duplicate-recipient`, `envelope/no-recipients`, `envelope/nonce-length`,
 * `envelope/bad-cid`, `envelope/unsupported-cid`
 * @throws ChartsealError `json/invalid` for a recipient whose name is one character that JSON escapes
 * @throws TypeError for a field of another type
 */
export function packageFields(envelope: EnvelopePackage): PackageFields {
  requirePackage(envelope)
  const { cid, nonce, encKeys } = envelope
  expectReadableNames(encKeys.map(({ recipientId }) => recipientId))
  const wrapped = encKeys.map(({ recipientId, wrapped }) => [recipientId, encodeBase64(wrapped)] as const)
  const written = { cid, nonce: encodeBase64(nonce), enc_keys: Object.fromEntries(wrapped) }
  packageFrom(new JsonObject(written))
  return written
}

function expectReadableNames(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const recipientId of names) {
    expectReadableName(recipientId)
    if (seen.has(recipientId)) throw envelopeError('envelope/duplicate-recipient', { recipientId })
    seen.add(recipientId)
  }
}

/** @throws ChartsealError `json/invalid` for a name that is one character that JSON escapes */
export function expectReadableName(name: string): void {
  if (isMisreadName(name)) {
    throw coreError('json/invalid', { path: '$.enc_keys', expected: 'names that every engine reads back' })
  }
}

function readKeys(json: JsonObject): readonly WrappedKey[] {
  if (json.keys.length === 0) throw envelopeError('envelope/no-recipients', {})
  return json.keys.map(recipientId => ({ recipientId, wrapped: json.base64(recipientId) }))
}
