/** MedicationRequest, R4 and R5, both ways. Table: docs/spec/prescription-fhir.md. */
import { Element, invalid, refuseModifiers } from './element.js'
import { medicationError } from './errors.js'
import {
  checkDateTime,
  checkOrder,
  expirySeconds,
  type FhirRelease,
  type MedicationOrder,
  unitsOf,
} from './form.js'
import { Decimal, type FhirMap, parseFhir, writeFhir } from './json.js'
import { amountIn, amountMap, commonIn, medicineMap, notesMap, partyIn, partyMap } from './parts.js'

/** FHIR MedicationRequest.intent: what a doctor has decided, not what somebody proposes. */
export const orderIntents = [
  'order',
  'original-order',
  'reflex-order',
  'filler-order',
  'instance-order',
] as const

/** Elements that say nothing of what is taken or given out. */
const harmless = (
  'meta language text contained identifier statusChanged category priority encounter supportingInformation performer ' +
  'performerType recorder reasonCode reasonReference reason instantiatesCanonical instantiatesUri basedOn ' +
  'groupIdentifier courseOfTherapyType insurance priorPrescription detectedIssue eventHistory informationSource'
).split(' ')

export interface OrderReading {
  readonly order: MedicationOrder
  readonly release: FhirRelease
  /** Paths of elements that stay in the bytes alone: they say nothing of what is taken or given out. */
  readonly passedOver: readonly string[]
}

/**
 * The bytes that are stored, committed to and signed; nobody ever writes them again from what was read.
 * @throws ChartsealError `medication/invalid`, `medication/not-countable`, `medication/too-large`
 */
export function writeMedicationRequest(order: MedicationOrder, release: FhirRelease): Uint8Array {
  checkOrder(order)
  return writeFhir({
    resourceType: 'MedicationRequest',
    id: order.id ?? undefined,
    status: 'active',
    intent: 'order',
    ...medicineMap(order.medicine, release),
    subject: partyMap(order.patient),
    authoredOn: order.authoredOn ?? undefined,
    requester: order.prescriber === null ? undefined : partyMap(order.prescriber),
    note: notesMap(order.notes),
    dosageInstruction: order.dosage === null ? [] : [{ text: order.dosage }],
    dispenseRequest: dispenseMap(order),
    substitution: order.substitution === null ? undefined : { allowedBoolean: order.substitution },
  })
}

function dispenseMap({ validFrom, validUntil, quantity, repeats }: MedicationOrder): FhirMap | undefined {
  if (validFrom === null && validUntil === null && quantity === null && repeats === 0) return undefined
  const hasPeriod = validFrom !== null || validUntil !== null
  return {
    validityPeriod: hasPeriod ? { start: validFrom ?? undefined, end: validUntil ?? undefined } : undefined,
    numberOfRepeatsAllowed: new Decimal(`${repeats}`),
    quantity: quantity === null ? undefined : amountMap(quantity),
  }
}

/**
 * An order in force, from the bytes as they are stored. Elements that could change what is taken or given out and that
 * no form has are refused; others are passed over by name. Without a release, that of the elements it uses.
 * @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept`,
 *   `medication/modifier`, `medication/not-told`, `medication/not-countable`, `medication/too-large`,
 *   `encoding/invalid`, `json/invalid`
 */
export function readMedicationRequest(bytes: Uint8Array, release?: FhirRelease): OrderReading {
  const request = new Element(parseFhir(bytes))
  if (request.raw('resourceType') !== 'MedicationRequest') throw invalid('resourceType', 'MedicationRequest')
  refuseModifiers(request.value)
  request.code('status', ['active'])
  request.code('intent', orderIntents)
  refuseUnless(request, 'doNotPerform')
  const of = release ?? (request.has('medication') ? 'R5' : 'R4')
  if (request.has('reportedBoolean') || request.has('reported'))
    refuseUnless(request, request.has('reported') ? 'reported' : 'reportedBoolean')
  const order = orderIn(request, of)
  request.end(harmless)
  return { order, release: of, passedOver: request.passedOver }
}

/** Only `false` leaves the meaning of the rest as it is. */
function refuseUnless(request: Element, name: string): void {
  const value = request.raw(name)
  if (value !== undefined && value !== false) throw medicationError('medication/modifier', { path: name })
}

function orderIn(request: Element, release: FhirRelease): MedicationOrder {
  const dispense = request.elementOrNull('dispenseRequest')
  const period = dispense?.elementOrNull('validityPeriod') ?? null
  const quantity = dispense?.elementOrNull('quantity') ?? null
  const requester = request.elementOrNull('requester')
  const order = {
    id: request.has('id') ? request.id('id') : null,
    ...commonIn(request, release),
    prescriber: requester === null ? null : partyIn(requester),
    authoredOn: dateTimeIn(request, 'authoredOn'),
    quantity: quantity === null ? null : amountIn(quantity),
    repeats: dispense?.has('numberOfRepeatsAllowed') === true ? dispense.count('numberOfRepeatsAllowed') : 0,
    substitution: substitutionIn(request),
    validFrom: period === null ? null : dateTimeIn(period, 'start'),
    validUntil: period?.textOrNull('end') ?? null,
  }
  period?.end()
  dispense?.end(['performer', 'dispenser'])
  if (order.validUntil !== null) expirySeconds(order)
  if (order.quantity !== null) unitsOf(order)
  return order
}

function dateTimeIn(holder: Element, name: string): string | null {
  const text = holder.textOrNull(name)
  if (text !== null) checkDateTime(text, holder.at(name))
  return text
}

function substitutionIn(request: Element): boolean | null {
  const substitution = request.elementOrNull('substitution')
  if (substitution === null) return null
  const allowed = substitution.flag('allowedBoolean')
  substitution.end(['reason'])
  return allowed
}
