/** What a prescription says beyond its claims: in words, as codes, and that both agree. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { parseJson } from '@chartseal/core/json'
import type { Language, Order } from '@chartseal/emr-ledger'
import {
  bodyText,
  expirySeconds,
  type MedicationOrder,
  readMedicationRequest,
  textAt,
  unitsOf,
} from '@chartseal/emr-ledger/fhir'
import { prescriptionError } from './errors.js'
import type { SlipContent } from './slip.js'

/** Empty, or 0, where nothing is said. */
export interface MedicineWords {
  readonly medicine: string
  readonly dosage: string
  /** The name of whom it is for. */
  readonly patient: string
  /** What one of its units is, as its prescriber writes it: `tablets`. */
  readonly unit: string
  /** Units given out at a time, where they are whole. */
  readonly each: number
}

const noWords = { medicine: '', dosage: '', patient: '', unit: '', each: 0 }

/** For a line of a list; a body that is no MedicationRequest is shown as it is. All of it: {@link readBody}. */
export function medicineIn(body: Uint8Array): MedicineWords {
  const order = orderIn(body)
  if (order === null) return { ...noWords, medicine: textOf(body) }
  const { medicine, dosage, patient, quantity } = order
  const each = Number(quantity?.value ?? 0)
  return {
    medicine: medicine.text,
    dosage: dosage ?? '',
    patient: patient.display ?? '',
    unit: quantity?.unit ?? '',
    each: Number.isSafeInteger(each) ? each : 0,
  }
}

/**
 * What a person reads of a body before they sign it: all that a MedicationRequest says, or a text as it is.
 * @throws ChartsealError as `readMedicationRequest` for one that could mean something else than its words;
 * `encoding/invalid`
 */
export function readBody(body: Uint8Array, language: Language): string {
  return isRequest(body) ? bodyText(body, language) : decodeUtf8(body)
}

/**
 * The patient whom a MedicationRequest names, where that is none of whom it is signed for: by an identifier of that
 * value, or a reference that ends with it. `null` also for a text, which names nobody.
 */
export function namesOther({ body, patientId }: Pick<SlipContent, 'body' | 'patientId'>): string | null {
  const { reference = null, identifier = null, display = null } = orderIn(body)?.patient ?? {}
  const names = [identifier?.value, reference, reference?.replace(/^.*[/:]/, '')].filter(name => name != null)
  if (names.length === 0 || names.some(name => name.normalize('NFC') === patientId)) return null
  return display ?? names[0] ?? null
}

/** Whether one is about the same medicine as another where they share any: codes with their systems, or a name. */
export function medicineKeys(body: Uint8Array): ReadonlySet<string> {
  const order = orderIn(body)
  if (order === null) return new Set([nameKey(textOf(body))])
  const { codings, text } = order.medicine
  return new Set([nameKey(text), ...codings.map(({ system, code }) => `${system}|${code}`)])
}

/**
 * What a body says of units and validity must be what the claims count. A MedicationRequest that says what nobody would be
 * shown is refused here as well, so that it is neither signed nor given out.
 * @throws ChartsealError `prescription/other-terms`; as `readMedicationRequest`
 */
export function requireTerms(
  body: Uint8Array,
  { quantity, validUntil }: Pick<Order, 'quantity' | 'validUntil'>,
): void {
  if (!isRequest(body)) return
  const { order } = readMedicationRequest(body)
  if (order.quantity !== null && unitsOf(order).count !== quantity) throw otherTerms('quantity')
  if (order.validUntil !== null && expirySeconds(order) !== validUntil) throw otherTerms('validity')
}

const otherTerms = (field: string): Error => prescriptionError('prescription/other-terms', { field })

const nameKey = (name: string): string =>
  `name:${name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`

function textOf(body: Uint8Array): string {
  return quietly(() => decodeUtf8(body)) ?? ''
}

function orderIn(body: Uint8Array): MedicationOrder | null {
  return isRequest(body) ? quietly(() => readMedicationRequest(body).order) : null
}

function isRequest(body: Uint8Array): boolean {
  return quietly(() => textAt(parseJson(decodeUtf8(body)), 'resourceType')) === 'MedicationRequest'
}

/** `null` for what is refused. */
function quietly<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
