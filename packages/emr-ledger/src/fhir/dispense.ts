/** MedicationDispense, R4 and R5, both ways. Table: docs/spec/prescription-fhir.md. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { Element, invalid, refuseModifiers } from './element.js'
import {
  type Amount,
  amountOf,
  checkAmount,
  checkDateTime,
  checkId,
  checkMedicine,
  checkParty,
  checkText,
  type FhirRelease,
  type Medicine,
  type Party,
  type Prescription,
  unitsOf,
} from './form.js'
import { type FhirValue, parseFhir, writeFhir } from './json.js'
import { amountIn, amountMap, commonIn, medicineMap, notesMap, partyIn, partyMap } from './parts.js'

/** What was given out, to whom, under which prescription. */
export interface Dispensing {
  readonly id: string
  /** Such as `MedicationRequest/rx-1`. */
  readonly prescription: string
  readonly patient: Party
  readonly dispenser: Party
  readonly medicine: Medicine
  readonly dosage: string | null
  readonly quantity: Amount
  /** FHIR dateTime. */
  readonly handedOver: string
  readonly notes: readonly string[]
  /** txid of the record of the ledger, 32 bytes; `null` where there is none. */
  readonly txid: Uint8Array | null
}

export interface DispensingReading {
  readonly dispensing: Dispensing
  readonly release: FhirRelease
  readonly passedOver: readonly string[]
}

const harmless = (
  'meta language text contained partOf basedOn statusChanged category context encounter supportingInformation location ' +
  'type daysSupply recorded whenPrepared destination receiver detectedIssue eventHistory'
).split(' ')

/** FHIR's system for identifiers that are URIs; RFC 6920 names what has this SHA-256. */
const uris = 'urn:ietf:rfc:3986'
const named = 'ni:///sha-256;'

/**
 * So many units of a prescription, given out now.
 * @param units as the ledger counts them: `quantity` of the claims
 * @throws RangeError unless there are so many units
 * @throws ChartsealError `medication/not-countable`
 */
export function dispensingOf(
  prescription: Prescription,
  units: number,
  given: Pick<Dispensing, 'id' | 'dispenser' | 'handedOver' | 'txid'> & {
    readonly notes?: readonly string[]
  },
): Dispensing {
  const { count, each } = unitsOf(prescription)
  if (units > count) throw new RangeError('units must be at most those that were prescribed')
  const { id, dispenser, handedOver, txid, notes = [] } = given
  return {
    ...{ id, dispenser, handedOver, txid, notes },
    prescription: `MedicationRequest/${prescription.id}`,
    patient: prescription.patient,
    medicine: prescription.medicine,
    dosage: prescription.dosage,
    quantity: amountOf(units, each),
  }
}

/** The bytes that are stored and signed. @throws ChartsealError `medication/invalid` */
export function writeMedicationDispense(dispensing: Dispensing, release: FhirRelease): Uint8Array {
  check(dispensing)
  const { id, prescription, patient, dispenser, medicine, dosage, quantity, handedOver, notes, txid } =
    dispensing
  return writeFhir({
    resourceType: 'MedicationDispense',
    id,
    identifier: txid === null ? [] : [{ system: uris, value: named + encodeBase64Url(txid) }],
    status: 'completed',
    ...medicineMap(medicine, release),
    subject: partyMap(patient),
    performer: [{ actor: partyMap(dispenser) }],
    authorizingPrescription: [{ reference: prescription }],
    quantity: amountMap(quantity),
    whenHandedOver: handedOver,
    note: notesMap(notes),
    dosageInstruction: dosage === null ? [] : [{ text: dosage }],
  })
}

function check(dispensing: Dispensing): void {
  const { id, prescription, patient, dispenser, medicine, dosage, quantity, handedOver, notes, txid } =
    dispensing
  checkId(id)
  checkText(prescription, 'authorizingPrescription[0].reference')
  checkParty(patient, 'subject')
  checkParty(dispenser, 'performer[0].actor')
  checkMedicine(medicine)
  if (dosage !== null) checkText(dosage, 'dosageInstruction[0].text')
  checkAmount(quantity, 'quantity')
  checkDateTime(handedOver, 'whenHandedOver')
  if (txid !== null && txid.length !== 32) throw new TypeError('a txid must have 32 bytes')
  notes.forEach((note, i) => {
    checkText(note, `note[${i}].text`)
  })
}

/**
 * A dispensing that was done, from the bytes as they are stored.
 * @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept`,
 *   `medication/modifier`, `medication/not-told`, `medication/too-large`, `encoding/invalid`, `json/invalid`
 */
export function readMedicationDispense(bytes: Uint8Array, release?: FhirRelease): DispensingReading {
  const resource = new Element(parseFhir(bytes))
  if (resource.raw('resourceType') !== 'MedicationDispense')
    throw invalid('resourceType', 'MedicationDispense')
  refuseModifiers(resource.value)
  resource.code('status', ['completed'])
  const of = release ?? (resource.has('medication') ? 'R5' : 'R4')
  const prescription = single(resource, 'authorizingPrescription')
  const performer = single(resource, 'performer')
  const handedOver = resource.text('whenHandedOver')
  checkDateTime(handedOver, 'whenHandedOver')
  const dispensing = {
    id: resource.id('id'),
    prescription: prescription.text('reference'),
    ...commonIn(resource, of),
    dispenser: partyIn(performer.element('actor')),
    quantity: amountIn(resource.element('quantity')),
    handedOver,
    txid: txidIn(resource),
  }
  performer.end(['function'])
  prescription.end(['type', 'identifier', 'display'])
  resource.end(harmless)
  return { dispensing, release: of, passedOver: resource.passedOver }
}

function single(resource: Element, name: string): Element {
  const [one, ...others] = resource.elements(name)
  if (one === undefined || others.length > 0) throw invalid(name, 'one alone')
  return one
}

/** Identifiers of others are passed over. */
function txidIn(resource: Element): Uint8Array | null {
  const found = resource
    .elements('identifier')
    .map(({ value }) => value)
    .filter(({ system, value }) => system === uris && isNamed(value))
  const [one, ...others] = found
  if (others.length > 0) throw invalid('identifier', 'the name of one record alone')
  if (typeof one?.['value'] !== 'string') return null
  return decodeTxid(one['value'].slice(named.length))
}

function isNamed(value: FhirValue | undefined): boolean {
  return typeof value === 'string' && value.startsWith(named)
}

function decodeTxid(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw invalid('identifier', 'a name with a whole SHA-256')
  try {
    return decodeBase64Url(text)
  } catch {
    throw invalid('identifier', 'a name with a whole SHA-256')
  }
}
