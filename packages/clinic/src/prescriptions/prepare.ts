/** Records to be read and signed: each with the next number, and upon the newest change that is proven. */
import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { canonicalId } from '@chartseal/core/text'
import {
  type Change,
  type Claims,
  commit,
  dispenseSaltBytes,
  isOpen,
  type Prepared,
  prepare,
  proveSlip,
  slipKeyOf,
} from '@chartseal/emr-ledger'
import { errandOf, numberFor, requireResolved } from './book.js'
import { canDispense, isFinalEnough } from './counter.js'
import { answered, type Desk, nowSeconds, requireProof } from './desk.js'
import { prescriptionError } from './errors.js'
import { readBody, requireTerms } from './medicine.js'
import { bodyOf, type NewOrder, requireComplete } from './order.js'
import type { CounterView } from './reader.js'
import { requireRoom, type SlipContent } from './slip.js'

/** What is to be signed: `prepared.text` stands alone on the screen. */
export interface PreparedRecord {
  readonly prepared: Prepared
  /** Secret; `null` for what prescribes nothing. */
  readonly content: SlipContent | null
}

/**
 * A prescription with fresh secrets. It needs the ledger for its number: offline there is a form, and nothing to sign.
 * @throws ChartsealError `prescription/incomplete`, `prescription/other-ledger`,
 * `prescription/offline`,
 * `prescription/other-terms`, `slip/too-large`, `ledger/claims`; `medication/…` for a body that could mean something else than its words
 */
export async function prepareOrder(desk: Desk, order: NewOrder): Promise<PreparedRecord> {
  requireComplete(order, nowSeconds(desk))
  return prepareContent(desk, order, null)
}

/**
 * A prescription in place of one that is open.
 * @throws ChartsealError as `prepareOrder` and `prepareCancel`
 */
export async function prepareReplace(
  desk: Desk,
  prescription: Uint8Array,
  order: NewOrder,
): Promise<PreparedRecord> {
  requireComplete(order, nowSeconds(desk))
  const previous = await lastChange(desk, prescription)
  return prepareContent(desk, order, { prescription, previous })
}

/**
 * The end of a prescription that is open.
 * @throws ChartsealError `prescription/unresolved`, `prescription/closed`, `prescription/offline`, as `proofAbout`
 */
export async function prepareCancel(desk: Desk, prescription: Uint8Array): Promise<PreparedRecord> {
  const previous = await lastChange(desk, prescription)
  const common = await commonClaims(desk)
  return {
    prepared: prepareClaims(desk, { ...common, kind: 'cancel', prescription, previous }),
    content: null,
  }
}

/**
 * Units of what a counter found ready or partly dispensed. They are handed over when the record is final.
 * @throws ChartsealError `prescription/not-dispensable`, `prescription/too-many-units`, `prescription/unresolved`
 * @throws RangeError unless it is a whole number of units
 */
export async function prepareDispense(desk: Desk, view: CounterView, units: number): Promise<PreparedRecord> {
  if (!Number.isInteger(units) || units < 1) throw new RangeError('units must be a whole number, at least 1')
  const { slip, verdict, checked } = view
  const state = checked?.prescription?.state ?? null
  if (!canDispense(verdict) || state === null)
    throw prescriptionError('prescription/not-dispensable', { status: verdict.kind })
  const { left } = verdict
  if (units > left) throw prescriptionError('prescription/too-many-units', { left, asked: units })
  const prescription = slip.record.txid
  requireResolved(desk.shelf.book(), prescription)
  const common = await commonClaims(desk)
  const salt = desk.world.random.bytes(dispenseSaltBytes)
  const claims = { ...common, prescription, previous: state.last, quantity: units, salt }
  const proof = state.slip === undefined ? {} : { proof: proveSlip(slip.rs, claims) }
  return { prepared: prepareClaims(desk, { ...claims, kind: 'dispense', ...proof }), content: null }
}

async function prepareContent(desk: Desk, order: NewOrder, replaced: Change | null): Promise<PreparedRecord> {
  const common = await commonClaims(desk)
  const patientId = canonicalId(order.patientId, 'the patient id')
  const content = { rs: desk.world.random.bytes(32), body: bodyOf(order), patientId }
  const { quantity, validUntil, reference = '' } = order
  requireRoom(content)
  requireTerms(content.body, order)
  const committed = {
    subject: commit({ rs: content.rs, kind: 'subject', bytes: encodeUtf8(patientId) }),
    body: commit({ rs: content.rs, kind: 'body', bytes: content.body }),
    reference,
    validUntil,
    quantity,
    slip: slipKeyOf(content.rs),
  }
  const claims: Claims =
    replaced === null
      ? { ...common, kind: 'prescribe', ...committed }
      : { ...common, kind: 'replace', ...replaced, ...committed }
  return { prepared: prepareClaims(desk, claims, content), content }
}

function prepareClaims({ shelf }: Desk, claims: Claims, content?: SlipContent): Prepared {
  const { name: ledgerName } = shelf.book().anchor.genesis
  if (content === undefined) return prepare(claims, { ledgerName })
  const { rs, body, patientId: patient } = content
  return prepare(claims, { ledgerName, content: { rs, body, patient, read: readBody } })
}

async function commonClaims(desk: Desk) {
  const { kid } = desk.signer
  const info = await answered(desk.way.info(kid))
  if (info === null) throw prescriptionError('prescription/offline', {})
  const book = desk.shelf.book()
  const { ledger } = book.anchor
  if (!equal(info.ledger, ledger)) throw prescriptionError('prescription/other-ledger', {})
  return { ledger, signer: kid, seq: numberFor(book, kid, info.nextSeq), authoredOn: nowSeconds(desk) }
}

async function lastChange(desk: Desk, prescription: Uint8Array): Promise<Uint8Array> {
  requireResolved(desk.shelf.book(), prescription)
  const checked = await requireProof(desk, prescription)
  const state = checked.prescription?.state ?? null
  if (state === null || !isFinalEnough(checked, desk))
    throw prescriptionError('prescription/closed', { status: 'not-final-yet' })
  if (!isOpen(state.status)) throw prescriptionError('prescription/closed', { status: state.status })
  return state.last
}

/**
 * The same prescription under the next number, to be read and signed again: when another device of the same key took
 * its number.
 * @throws ChartsealError `prescription/unresolved` while it may still be taken, `prescription/shredded`, as `prepareOrder`
 */
export async function prepareAgain(desk: Desk, txid: Uint8Array): Promise<PreparedRecord> {
  const errand = errandOf(desk.shelf.book(), txid)
  const { content, stage, record } = errand
  const { claims } = record
  if (stage !== 'refused' && stage !== 'never')
    throw prescriptionError('prescription/unresolved', { kind: claims.kind })
  if (claims.kind !== 'prescribe' && claims.kind !== 'replace')
    throw prescriptionError('prescription/unknown', {})
  if (content === null) throw prescriptionError('prescription/shredded', {})
  const { quantity, validUntil, reference } = claims
  const order = { content: content.body, patientId: content.patientId, quantity, validUntil, reference }
  return claims.kind === 'prescribe'
    ? prepareOrder(desk, order)
    : prepareReplace(desk, claims.prescription, order)
}
