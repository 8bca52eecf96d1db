/** What a doctor fills in, and what a pharmacist gives out: the same for R4 and R5. */
import { parseInstant } from '@chartseal/core/instant'
import { idShape, invalid, isPlainDecimal, type Shape, textProblem, tokenShape, uriShape } from './element.js'
import { medicationError } from './errors.js'

export type FhirRelease = 'R4' | 'R5'

/** Somebody, by a reference or an identifier, or both; a display alone names nobody. */
export interface Party {
  /** Such as `Patient/rosa` or `urn:uuid:…`. */
  readonly reference: string | null
  readonly identifier: { readonly system: string | null; readonly value: string } | null
  /** What people call them. */
  readonly display: string | null
}

export interface MedicineCode {
  readonly system: string
  readonly version: string | null
  readonly code: string
  readonly display: string | null
}

export interface Medicine {
  /** What people read; never empty. */
  readonly text: string
  readonly codings: readonly MedicineCode[]
}

export interface Amount {
  /** A decimal above zero with the digits that somebody wrote: `1.50` is not `1.5`. */
  readonly value: string
  /** What people call the unit; `null` where the medicine's own is meant. */
  readonly unit: string | null
  /** UCUM, say; both or none. */
  readonly coded: { readonly system: string; readonly code: string } | null
}

/** A MedicationRequest that is an order in force. What is `null` was not told. */
export interface MedicationOrder {
  /** 1 to 64 letters, digits, `-` and `.`; what a Provenance and a dispensing name it by. */
  readonly id: string | null
  readonly patient: Party
  readonly prescriber: Party | null
  /** FHIR dateTime. */
  readonly authoredOn: string | null
  readonly medicine: Medicine
  /** How it is taken, in words; lines may be there. */
  readonly dosage: string | null
  /** What is given out at a time. */
  readonly quantity: Amount | null
  /** How often it may be given out again. */
  readonly repeats: number
  /** Whether the pharmacist may give out another one in its place. */
  readonly substitution: boolean | null
  readonly validFrom: string | null
  /** A day, all of which counts, or an instant. */
  readonly validUntil: string | null
  readonly notes: readonly string[]
}

/** One that the ledger can carry: nothing is left open. */
export interface Prescription extends MedicationOrder {
  readonly id: string
  readonly prescriber: Party
  readonly authoredOn: string
  readonly dosage: string
  readonly quantity: Amount
  readonly validUntil: string
}

/** @throws ChartsealError `medication/missing`, with the path of what an order leaves open */
export function requireComplete(order: MedicationOrder): Prescription {
  const { id, prescriber, authoredOn, dosage, quantity, validUntil } = order
  return {
    ...order,
    id: there(id, 'id'),
    prescriber: there(prescriber, 'requester'),
    authoredOn: there(authoredOn, 'authoredOn'),
    dosage: there(dosage, 'dosageInstruction'),
    quantity: there(quantity, 'dispenseRequest.quantity'),
    validUntil: there(validUntil, 'dispenseRequest.validityPeriod.end'),
  }
}

function there<Value>(value: Value | null, path: string): Value {
  if (value === null) throw medicationError('medication/missing', { path })
  return value
}

/** What one unit of the ledger is, and how many of them there are. */
export interface Units {
  /** 1 to 2^32 - 1: `quantity` of the claims. */
  readonly count: number
  readonly each: Amount
}

const maxUnits = 2n ** 32n - 1n

/**
 * A whole quantity counts in its own units, 30 tablets and two repeats as 90 tablets; any other one counts as often as
 * it is given out, 2.50 ml and two repeats as three times 2.50 ml.
 * @throws ChartsealError `medication/missing`, `medication/not-countable`
 */
export function unitsOf(order: Pick<MedicationOrder, 'quantity' | 'repeats'>): Units {
  const quantity = there(order.quantity, 'dispenseRequest.quantity')
  const times = BigInt(order.repeats) + 1n
  const isWhole = /^[0-9]+$/.test(quantity.value)
  const count = isWhole ? BigInt(quantity.value) * times : times
  if (count > maxUnits)
    throw medicationError('medication/not-countable', { path: 'dispenseRequest.quantity' })
  return { count: Number(count), each: isWhole ? { ...quantity, value: '1' } : quantity }
}

/** So many units as one amount, exact. @throws RangeError unless the count is 1 to 2^32 - 1 */
export function amountOf(count: number, each: Amount): Amount {
  if (!Number.isInteger(count) || count < 1 || count > Number(maxUnits))
    throw new RangeError('the count of units must be a whole number from 1 to 2^32 - 1')
  const [whole = '', fraction = ''] = each.value.split('.')
  const digits = (BigInt(whole + fraction) * BigInt(count)).toString().padStart(fraction.length + 1, '0')
  const place = digits.length - fraction.length
  const value = fraction === '' ? digits : `${digits.slice(0, place)}.${digits.slice(place)}`
  return { ...each, value }
}

const day = /^\d{4}-\d{2}-\d{2}$/
const dayMs = 86_400_000
/** A day ends last where clocks are 12 hours behind UTC. */
const lastZoneMs = 12 * 3_600_000

/**
 * The second from which on a prescription has expired: `validUntil` of the claims. FHIR R4 2.24.0.17: the end counts
 * with all of its precision. A day has no zone: it lasts until it has ended everywhere, so that nobody is refused early.
 * @throws ChartsealError `medication/missing`, `medication/invalid`
 */
export function expirySeconds(order: Pick<MedicationOrder, 'validUntil'>): bigint {
  const path = 'dispenseRequest.validityPeriod.end'
  const until = there(order.validUntil, path)
  const ms = day.test(until)
    ? instantMs(`${until}T00:00:00Z`, path) + dayMs + lastZoneMs
    : instantMs(until, path) + 1000
  return BigInt(Math.floor(ms / 1000))
}

/** @throws ChartsealError `medication/invalid` */
export function instantMs(text: string, path: string): number {
  try {
    return parseInstant(text)
  } catch {
    throw invalid(path, 'a day, or a time with its zone, that exists')
  }
}

/** FHIR dateTime: a year, a month, a day, or a time with its zone; each must exist. @throws ChartsealError `medication/invalid` */
export function checkDateTime(text: string, path: string): void {
  const [whole, year, month = '-01', date = '-01'] = /^(\d{4})(-\d{2})?(-\d{2})?$/.exec(text) ?? []
  instantMs(whole === undefined ? text : `${year}${month}${date}T00:00:00Z`, path)
}

/**
 * What a form must be before it is written; a reader has checked the same.
 * @throws ChartsealError `medication/invalid`, with the path in the resource
 */
export function checkOrder(order: MedicationOrder): void {
  if (order.id !== null) checkId(order.id)
  checkParty(order.patient, 'subject')
  if (order.prescriber !== null) checkParty(order.prescriber, 'requester')
  if (order.authoredOn !== null) checkDateTime(order.authoredOn, 'authoredOn')
  checkMedicine(order.medicine)
  if (order.dosage !== null) checkText(order.dosage, 'dosageInstruction[0].text')
  if (order.quantity !== null) checkAmount(order.quantity, 'dispenseRequest.quantity')
  if (!Number.isInteger(order.repeats) || order.repeats < 0 || order.repeats > 999_999_999)
    throw invalid('dispenseRequest.numberOfRepeatsAllowed', 'a whole number')
  if (order.quantity !== null) unitsOf(order)
  if (order.validFrom !== null) checkDateTime(order.validFrom, 'dispenseRequest.validityPeriod.start')
  if (order.validUntil !== null) expirySeconds(order)
  order.notes.forEach((note, i) => {
    checkText(note, `note[${i}].text`)
  })
}

export function checkId(id: string): void {
  checkShape(id, 'id', idShape)
}

function checkShape(text: string, path: string, { form, expected }: Shape): void {
  checkText(text, path)
  if (!form.test(text)) throw invalid(path, expected)
}

export function checkText(text: string, path: string): void {
  const problem = text === text.trim() ? textProblem(text) : 'a text without blanks at its ends'
  if (problem !== null) throw invalid(path, problem)
}

export function checkAmount({ value, unit, coded }: Amount, path: string): void {
  if (!isPlainDecimal(value)) throw invalid(`${path}.value`, 'a decimal above zero without an exponent')
  if (unit !== null) checkText(unit, `${path}.unit`)
  if (coded === null) return
  checkShape(coded.system, `${path}.system`, uriShape)
  checkShape(coded.code, `${path}.code`, tokenShape)
}

export function checkParty({ reference, identifier, display }: Party, path: string): void {
  if (reference === null && identifier === null)
    throw invalid(path, 'a reference or an identifier: a display alone names nobody')
  if (reference !== null) checkText(reference, `${path}.reference`)
  if (identifier !== null) checkText(identifier.value, `${path}.identifier.value`)
  if (identifier !== null && identifier.system !== null)
    checkShape(identifier.system, `${path}.identifier.system`, uriShape)
  if (display !== null) checkText(display, `${path}.display`)
}

export function checkMedicine({ text, codings }: Medicine): void {
  checkText(text, 'medication.text')
  codings.forEach(({ system, version, code, display }, i) => {
    checkShape(system, `medication.coding[${i}].system`, uriShape)
    if (version !== null) checkText(version, `medication.coding[${i}].version`)
    checkShape(code, `medication.coding[${i}].code`, tokenShape)
    if (display !== null) checkText(display, `medication.coding[${i}].display`)
  })
}
