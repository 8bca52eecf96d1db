import { nonceBytes, open, seal, tagBytes } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { decodeBase64, encodeBase64, encodeUtf8, legacyDecodeBase64 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { type AuditEntry, decodeBody, encodeBody } from './body.js'
import { auditError } from './errors.js'

/** Additional authenticated data of every record. */
export const aad: Uint8Array = encodeUtf8('medcrypt-audit-log-v1')
const minimumBytes = nonceBytes + tagBytes

export interface ReadOptions {
  /** Read base64 as the seed did, and any JSON that holds the four texts: for archives only. */
  readonly lenient?: boolean
}

/**
 * One record: base64(nonce 12 ‖ ciphertext ‖ tag 16) of the entry under AES-256-GCM.
 *
 * Weak by design: nothing says which log a record belongs to, or where it stood. One key must not seal more
 * than 2^32 records.
 * @throws RangeError for a `ts` of another shape; ChartsealError `encoding/invalid`, `key/wiped`
 */
export function sealEntry(key: AeadKey, entry: AuditEntry, random: Random = systemRandom): string {
  const { nonce, ciphertext } = seal(key, encodeBody(entry), aad, random)
  return encodeBase64(concat(nonce, ciphertext))
}

/**
 * The entry of one record.
 * @throws ChartsealError `audit/not-base64`, `audit/too-short`; `open/failed` for a wrong key, a changed record
 * or a text inside that is no entry; `key/wiped`
 */
export function openEntry(key: AeadKey, record: string, options: ReadOptions = {}): AuditEntry {
  const { lenient = false } = options
  const bytes = decodeRecord(record, lenient)
  const [nonce, ciphertext] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes)]
  const body = open(key, { nonce, ciphertext }, aad)
  try {
    return decodeBody(body, lenient)
  } catch {
    throw coreError('open/failed', {})
  }
}

function decodeRecord(record: string, lenient: boolean): Uint8Array {
  const bytes = decodeText(record, lenient)
  if (bytes.length < minimumBytes) {
    throw auditError('audit/too-short', { minimumBytes, actualBytes: bytes.length })
  }
  return bytes
}

function decodeText(record: string, lenient: boolean): Uint8Array {
  try {
    return lenient ? legacyDecodeBase64(record) : decodeBase64(record)
  } catch {
    throw auditError('audit/not-base64', {})
  }
}

/** One record of a list: its entry, or why there is none. `index` counts from 0. */
export type ReadResult =
  | { readonly index: number; readonly entry: AuditEntry }
  | { readonly index: number; readonly error: ChartsealError }

/**
 * Reads a list in order, one result for each record: a bad one does not hide the others.
 * @throws ChartsealError `key/wiped`, which is not the record's fault
 */
export function* readAll(
  key: AeadKey,
  records: Iterable<string>,
  options: ReadOptions = {},
): Generator<ReadResult, void, undefined> {
  let index = 0
  for (const record of records) yield readOne(key, record, index++, options)
}

/** As {@link readAll}, for one record. */
export function readOne(key: AeadKey, record: string, index: number, options: ReadOptions): ReadResult {
  try {
    return { index, entry: openEntry(key, record, options) }
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'key/wiped') return { index, error }
    throw error
  }
}
