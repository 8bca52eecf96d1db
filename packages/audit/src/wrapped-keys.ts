/** Subject keys as they lie in the key store: wrapped under the log key, under names that say nothing. */
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { pad, SubjectKey, unpad } from './body.js'
import { entryError } from './errors.js'

/** Wraps all subject keys. Each shredding replaces it by one of the next generation, counted from 1. */
export interface LogKey {
  readonly generation: number
  readonly key: AeadKey
}

/** Stands for the system itself where a patient's id would. */
export const systemSubject = ''

/** `key` is `null` once it was destroyed. */
export interface Subject {
  readonly patient: string
  readonly key: SubjectKey | null
}

const nameLabel = encodeUtf8('chartseal/audit-key-name/v2')
const wrapLabel = encodeUtf8('chartseal/audit-key/v2')
const nameBytes = 16
const destroyed = new Uint8Array(0)

/** What the names of all keys of one generation begin with. */
export function prefixOf(generation: number): string {
  return `subject/${generation.toString().padStart(10, '0')}/`
}

/** Names under this log key: HMAC of the patient's id, so that the store's names tell nothing without the log key. */
export function namerOf({ generation, key }: LogKey): (patient: string) => string {
  const nameKey = hkdf(sha256, key.reveal(), undefined, nameLabel, 32)
  const keyed = hmac.create(sha256, nameKey)
  nameKey.fill(0)
  return patient => {
    const digest = keyed.clone().update(encodeUtf8(patient)).digest()
    return prefixOf(generation) + encodeHex(digest.slice(0, nameBytes))
  }
}

/** The value under `name`: padded, so that its length tells nothing about the id. */
export function wrapSubject(logKey: LogKey, name: string, subject: Subject, random: Random): Uint8Array {
  const { patient, key } = subject
  const padded = pad(encodeCbor({ patient, key: key === null ? destroyed : key.reveal() }))
  try {
    return sealBytes(logKey.key, padded, contextOf(logKey, name), random)
  } finally {
    padded.fill(0)
  }
}

/** @throws ChartsealError `audit/bad-key-store` */
export function unwrapSubject(logKey: LogKey, name: string, wrapped: Uint8Array): Subject {
  try {
    const bytes = unpad(openBytes(logKey.key, wrapped, contextOf(logKey, name)))
    const fields = CborFields.decode(bytes, ['patient', 'key'])
    const key = fields.bytes('key')
    bytes.fill(0)
    return { patient: fields.text('patient'), key: key.length === 0 ? null : ownedKey(key) }
  } catch {
    throw entryError('audit/bad-key-store', {})
  }
}

function ownedKey(bytes: Uint8Array): SubjectKey {
  try {
    return new SubjectKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** label ‖ generation u64 ‖ name */
function contextOf({ generation }: LogKey, name: string): Uint8Array {
  return concat(wrapLabel, fromBigIntBE(BigInt(generation), 8), encodeUtf8(name))
}
