/**
 * The slip that a patient shows at a counter: the signed record, what it commits to, and the secret that shows that it
 * does. Whoever has it can read it, as with paper. Format: docs/spec/ledger-v2.md, "Slip".
 */

import { equal } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { deflateRaw, inflateRaw } from '@chartseal/core/deflate'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { idProblem } from '@chartseal/core/text'
import {
  commitsTo,
  decodeRecord,
  findMember,
  type LedgerRecord,
  type Member,
  type PrescribeClaims,
  type ReplaceClaims,
  type Roster,
  signedBytesOf,
  slipKeyOf,
  verifySignature,
} from '@chartseal/emr-ledger'
import { decodeBase45, encodeBase45 } from './base45.js'
import { slipError } from './errors.js'

/** All of a slip in the alphabet of base45, so that a QR code stays small. */
const prefix = 'CHARTSEAL-RX:'
export const maxBodyBytes: number = 32 * 1_024
const maxSlipBytes = maxBodyBytes + 4_096
const rsBytes = 32
const maxPatientBytes = 1_024

/** Characters of this alphabet that one QR code holds (version 40), at the error correction that is named. */
const qrCharacters = { low: 4_296, medium: 3_391 } as const

/** What a prescriber hands over with the record. Secret: it opens what the ledger only commits to. */
export interface SlipContent {
  /** 32 random bytes of this record. */
  readonly rs: Uint8Array
  /** As it was signed, at most 32 KiB. */
  readonly body: Uint8Array
  readonly patientId: string
}

export interface Slip extends SlipContent {
  readonly record: LedgerRecord
  readonly claims: PrescribeClaims | ReplaceClaims
  /** The spelling that was read. */
  readonly text: string
}

/**
 * The text of a slip, which fits one QR code where {@link fitsOneCode} says so.
 * @throws ChartsealError `slip/too-large`; `slip/other-content`, `slip/not-a-slip` for content that the record does not commit to
 */
export async function makeSlip(record: Uint8Array, { rs, body, patientId }: SlipContent): Promise<string> {
  requireRoom({ body, patientId })
  const packed = await deflateRaw(body)
  const common = { v: 2, record, rs, patient: patientId }
  const slip = encodeCbor(packed.length < body.length ? { ...common, packed } : { ...common, body })
  const text = prefix + encodeBase45(slip)
  requireContent(await readSlip(text))
  return text
}

/** What is signed must fit a slip: otherwise the ledger would have what no patient can show. @throws ChartsealError `slip/too-large` */
export function requireRoom({ body, patientId }: Pick<SlipContent, 'body' | 'patientId'>): void {
  if (body.length > maxBodyBytes)
    throw slipError('slip/too-large', { field: 'prescription', limitBytes: maxBodyBytes })
  if (encodeUtf8(patientId).length > maxPatientBytes)
    throw slipError('slip/too-large', { field: 'patient id', limitBytes: maxPatientBytes })
}

/** Whether one QR code holds it, at medium error correction unless named. */
export function fitsOneCode(text: string, correction: keyof typeof qrCharacters = 'medium'): boolean {
  return text.length <= qrCharacters[correction]
}

/** The lines of a mail or a chat that are slips, each once. */
export function slipsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(slipLine)].map(([, slip = '']) => slip))]
}

/** No spelling of base45 ends with a space. */
const slipLine = new RegExp(`^[>\\s]*(${prefix}.*?)\\s*$`, 'gm')

/** Reads a slip; {@link checkSlip} says whether it is true. @throws ChartsealError `slip/not-a-slip` */
export async function readSlip(text: string): Promise<Slip> {
  const { map, record, claims } = slipHead(text)
  const body = map.has('body') ? map.bytes('body') : await unpacked(map)
  const patientId = map.text('patient', maxPatientBytes)
  return { record, claims, rs: map.bytes('rs', rsBytes), body, patientId, text }
}

/** All of it but the body, which may be packed. @throws ChartsealError `slip/not-a-slip` */
export function slipHead(text: string): Pick<Slip, 'record' | 'claims'> & { readonly map: CborFields } {
  if (!text.startsWith(prefix)) throw notASlip('it begins with CHARTSEAL-RX:')
  if (text.length > 2 * maxSlipBytes) throw notASlip('it is too long')
  const map = fieldsOf(text.slice(prefix.length))
  const record = undamaged(() => decodeRecord(map.bytes('record')))
  const { claims } = record
  if (claims.kind !== 'prescribe' && claims.kind !== 'replace')
    throw notASlip('its record prescribes nothing')
  return { map, record, claims }
}

function fieldsOf(text: string): CborFields {
  return undamaged(() => {
    const map = new CborFields(
      decodeCbor(decodeBase45(text)),
      ['v', 'record', 'rs', 'patient'],
      ['body', 'packed'],
    )
    map.count('v', 2, 2)
    if (map.has('body') === map.has('packed')) throw notASlip('it has one body')
    map.bytes('rs', rsBytes)
    map.bytes('record')
    if (map.has('body')) map.bytesWithin('body', 0, maxBodyBytes)
    else map.bytesWithin('packed', 1, maxBodyBytes)
    if (idProblem(map.text('patient', maxPatientBytes)) !== null) throw notASlip('it names a patient')
    return map
  })
}

/** Whatever is wrong with the bytes of a slip, it is none. */
function undamaged<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError && !error.code.startsWith('slip/')) throw notASlip('it is damaged')
    throw error
  }
}

async function unpacked(map: CborFields): Promise<Uint8Array> {
  const body = await inflateRaw(map.bytesWithin('packed', 1, maxBodyBytes), maxBodyBytes)
  if (!(body instanceof Uint8Array)) throw notASlip('it is damaged')
  return body
}

const notASlip = (reason: string): Error => slipError('slip/not-a-slip', { reason })

export interface CheckedSlip {
  readonly slip: Slip
  /** Whoever signed it, `null` when the roster that is known here does not have them: then nothing is verified. */
  readonly prescriber: Member | null
}

/**
 * Whether the content is what was signed, and by whom. It works offline and says nothing of what was dispensed since.
 * @throws ChartsealError `slip/other-content`, `slip/signature`
 */
export function checkSlip(slip: Slip, roster: Roster): CheckedSlip {
  requireContent(slip)
  const { record, claims } = slip
  const member = findMember(roster, claims.signer)
  if (member === null) return { slip, prescriber: null }
  // A record that was read has one signature, of its signer.
  const [signed] = record.signatures
  const isSigned =
    signed !== undefined &&
    member.roles.includes('prescriber') &&
    verifySignature(member, signedBytesOf(record.claimsBytes), signed.signature)
  if (!isSigned) throw slipError('slip/signature', {})
  return { slip, prescriber: member }
}

function requireContent({ claims, rs, body, patientId }: Slip): void {
  if (!commitsTo(claims.subject, { rs, kind: 'subject', bytes: encodeUtf8(patientId) }))
    throw slipError('slip/other-content', { field: 'patient' })
  if (!commitsTo(claims.body, { rs, kind: 'body', bytes: body }))
    throw slipError('slip/other-content', { field: 'body' })
  if (claims.slip !== undefined && !equal(claims.slip, slipKeyOf(rs)))
    throw slipError('slip/other-content', { field: 'secret' })
}
