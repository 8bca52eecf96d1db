/**
 * The orders of a FHIR bundle, R4 or R5, as texts that a doctor can sign, and what is left out, with the reason. Elements
 * that FHIR says must not be ignored are read or refuse the resource. Table: docs/spec/fhir-orders.md.
 */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { parseInstant } from '@chartseal/core/instant'
import {
  type BundleEntry,
  dosageOf,
  entriesIn,
  type FhirValue,
  LeftOut,
  leaveOut,
  medicationOf,
  orderIntents,
  refuseModifiers,
  resolve,
  textAt,
  typeOf,
  valueAt,
} from '@chartseal/emr-ledger/fhir'

export interface Order {
  /** What a pharmacist reads; of any length. */
  readonly text: string
  /** Names the resource and pins its content; always short enough for the ledger. */
  readonly reference: string
  /** The release whose elements it uses. */
  readonly release: 'R4' | 'R5'
}

/** A resource that is not used, by type and id, and why. */
export interface LeftOutResource {
  readonly name: string
  readonly reason: string
}

export interface BundleOrders {
  readonly orders: readonly Order[]
  /** Observations and DiagnosticReports, as JSON text. */
  readonly results: readonly { readonly kind: string; readonly text: string }[]
  readonly leftOut: readonly LeftOutResource[]
}

/**
 * What a bundle has for its first patient.
 * @throws ChartsealError `json/invalid` unless it is a Bundle
 */
export function readOrders(bundle: FhirValue): BundleOrders {
  const entries = entriesIn(bundle)
  const patient = entries.find(({ resource }) => typeOf(resource) === 'Patient')?.resource ?? null
  const leftOut: LeftOutResource[] = []
  const attempt = <Result>(resource: FhirValue, read: () => Result): readonly Result[] => {
    try {
      return [read()]
    } catch (error) {
      if (!(error instanceof LeftOut)) throw error
      leftOut.push({ name: nameOf(resource), reason: error.message })
      return []
    }
  }
  const ofType = (...types: readonly string[]): readonly FhirValue[] =>
    entries.flatMap(({ resource }) => (types.includes(typeOf(resource)) ? resource : []))
  return {
    orders: ofType('MedicationRequest').flatMap(one => attempt(one, () => orderOf(one, patient, entries))),
    results: ofType('Observation', 'DiagnosticReport').flatMap(one =>
      attempt(one, () => resultOf(one, patient, entries)),
    ),
    leftOut,
  }
}

function orderOf(request: FhirValue, patient: FhirValue | null, entries: readonly BundleEntry[]): Order {
  refuseModifiers(request, 'it')
  const status = textAt(request, 'status') || leaveOut('its status is missing')
  if (status !== 'active') leaveOut(`its status is ${wordOf(status)}`)
  const intent = textAt(request, 'intent') || leaveOut('its intent is missing')
  if (!orderIntents.some(known => known === intent)) leaveOut(`its intent is ${wordOf(intent)}`)
  const forbids = valueAt(request, 'doNotPerform')
  if (forbids !== undefined && forbids !== false) leaveOut('it says that this must not be given')
  refuseOtherPatients(request, patient, entries)
  const dosage = dosageOf(request) || textAt(request, 'renderedDosageInstruction').trim()
  const parts = [medicationOf(request, entries), dosage, dayOf(textAt(request, 'authoredOn'))]
  const text = parts
    .filter(part => part !== '')
    .map(withoutStop)
    .join('. ')
  if (!text.isWellFormed()) leaveOut('its words are not well-formed Unicode')
  const release = valueAt(request, 'medication') === undefined ? 'R4' : 'R5'
  return { text, reference: referenceTo(request), release }
}

function resultOf(
  resource: FhirValue,
  patient: FhirValue | null,
  entries: readonly BundleEntry[],
): { readonly kind: string; readonly text: string } {
  refuseModifiers(resource, 'it')
  const status = textAt(resource, 'status') || leaveOut('its status is missing')
  if (['entered-in-error', 'cancelled'].includes(status)) leaveOut(`its status is ${status}`)
  refuseOtherPatients(resource, patient, entries)
  return { kind: typeOf(resource), text: JSON.stringify(resource) }
}

/** A bundle may hold several patients: what is about another one is never given out as this one's. */
function refuseOtherPatients(
  resource: FhirValue,
  patient: FhirValue | null,
  entries: readonly BundleEntry[],
): void {
  const reference = textAt(resource, 'subject', 'reference')
  if (patient === null || reference === '') return
  const subject = resolve(reference, resource, entries)
  if (subject !== patient) leaveOut('it is about somebody else, or nobody in this bundle')
}

/** FHIR dateTime: a year, a month, a day, or a time with its zone; each must exist. */
function dayOf(dateTime: string): string {
  if (dateTime === '') return ''
  const [, year, month = '-01', day = '-01'] = /^(\d{4})(-\d{2})?(-\d{2})?$/.exec(dateTime) ?? []
  try {
    parseInstant(year === undefined ? dateTime : `${year}${month}${day}T00:00:00Z`)
  } catch {
    leaveOut('it was ordered on a date that does not exist')
  }
  return `Ordered ${dateTime.slice(0, 10)}`
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

/** A code of FHIR; any other text is not repeated. */
function wordOf(code: string): string {
  return /^[a-z][a-z-]{1,40}$/.test(code) ? code : 'unknown'
}

// FHIR R4 2.24.0.1: an id has 1 to 64 of these characters.
const idShape = /^[A-Za-z0-9.-]{1,64}$/

function nameOf(resource: FhirValue): string {
  const id = textAt(resource, 'id')
  return `${typeOf(resource)}/${idShape.test(id) ? id : '(no id)'}`
}

function referenceTo(resource: FhirValue): string {
  const digest = defaultEngine().sha256(encodeUtf8(JSON.stringify(resource)))
  return `See ${nameOf(resource)}, SHA-256 ${encodeHex(digest)}`
}
