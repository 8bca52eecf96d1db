/** Claims with their signatures: docs/spec/ledger-v2.md, "Record". */
import { concat, equal } from '@chartseal/core/bytes'
import { type CborValue, decodeCborViews, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { type Claims, decodeClaims, txidOf } from './claims.js'
import { recordError } from './errors-records.js'
import { compareBytes, fieldError, hashBytes, isRising, readStrictly } from './fields.js'
import { signatureBytes } from './member.js'
import { maxQuorum } from './roster.js'

export interface RecordSignature {
  /** 32 bytes. */
  readonly kid: Uint8Array
  /** 64 bytes: Ed25519, or r ‖ s. */
  readonly signature: Uint8Array
}

/** A record as it was read: bytes and what they say. Parsed once; nothing of it is verified yet. */
export interface LedgerRecord {
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly claimsBytes: Uint8Array
  /** By kid, each once; one, but for a roster. */
  readonly signatures: readonly RecordSignature[]
  /** SHA-256("chartseal/ledger/v2/claims" ‖ 0x00 ‖ claims): also the digest that ES256 and ES256K sign. */
  readonly txid: Uint8Array
  /** SHA-256("chartseal/ledger/v2/record" ‖ 0x00 ‖ bytes). */
  readonly wtxid: Uint8Array
}

/** The largest claims, a signature of each registrar, and the lengths. */
export const maxRecordBytes = 589_824

/**
 * Deterministic CBOR of claims and signatures, in any order.
 * @throws ChartsealError `ledger/record`, `ledger/claims` for what {@link decodeRecord} would refuse
 */
export function encodeRecord(claimsBytes: Uint8Array, signatures: readonly RecordSignature[]): Uint8Array {
  return recordOf(claimsBytes, signatures).bytes
}

/** The same, as it is read. @throws ChartsealError `ledger/record`, `ledger/claims` */
export function recordOf(claimsBytes: Uint8Array, signatures: readonly RecordSignature[]): LedgerRecord {
  const sorted = [...signatures].sort((a, b) => compareBytes(a.kid, b.kid))
  return decodeRecord(encodeCbor([claimsBytes, sorted.map(({ kid, signature }) => [kid, signature])]))
}

/**
 * Strict: one encoding for each record. Of the signatures, who they are of is checked: the signer alone, but for a
 * roster, where the signer is one of them. Nothing is verified; the bytes are copied.
 * @throws ChartsealError `ledger/record`, `ledger/claims`
 */
export function decodeRecord(bytes: Uint8Array): LedgerRecord {
  const own = Uint8Array.from(bytes)
  return readStrictly(
    () => recordIn(own),
    reason => recordError('ledger/record', { reason }),
  )
}

function recordIn(bytes: Uint8Array): LedgerRecord {
  if (bytes.length > maxRecordBytes) throw fieldError('', `at most ${maxRecordBytes} bytes`)
  const [claimsBytes, list] = listOf(decodeCborViews(bytes), 2, 'record')
  if (!(claimsBytes instanceof Uint8Array)) throw fieldError('claims', 'a byte string')
  const claims = decodeClaims(claimsBytes)
  const signatures = signaturesIn(list, claims)
  return { bytes, claims, claimsBytes, signatures, txid: txidOf(claimsBytes), wtxid: wtxidOf(bytes) }
}

function signaturesIn(value: CborValue | undefined, claims: Claims): readonly RecordSignature[] {
  if (!Array.isArray(value) || value.length > maxQuorum)
    throw fieldError('signatures', `at most ${maxQuorum}`)
  const signatures = value.map(signatureIn)
  if (!isRising(signatures.map(({ kid }) => kid))) throw fieldError('signatures', 'sorted by kid, each once')
  if (!signatures.some(({ kid }) => equal(kid, claims.signer)))
    throw fieldError('signatures', 'of the signer')
  if (claims.kind !== 'roster' && signatures.length !== 1)
    throw fieldError('signatures', 'of the signer alone')
  return signatures
}

function signatureIn(value: CborValue): RecordSignature {
  const [kid, signature] = listOf(value, 2, 'signatures')
  if (!(kid instanceof Uint8Array) || kid.length !== hashBytes) throw fieldError('kid', `${hashBytes} bytes`)
  if (!(signature instanceof Uint8Array) || signature.length !== signatureBytes)
    throw fieldError('signature', `${signatureBytes} bytes`)
  return { kid, signature }
}

function listOf(value: CborValue | undefined, length: number, field: string): readonly CborValue[] {
  if (!Array.isArray(value) || value.length !== length) throw fieldError(field, `a list of ${length}`)
  return value
}

const recordDomain = encodeUtf8('chartseal/ledger/v2/record\0')

/** The id of a record with its signatures, 32 bytes: a leaf of the records root. */
function wtxidOf(recordBytes: Uint8Array): Uint8Array {
  return sha256(concat(recordDomain, recordBytes))
}
