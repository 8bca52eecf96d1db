/** The form of a prescription as a doctor fills it in, and what is prescribed by it. */
import type { NewOrder } from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import {
  expirySeconds,
  type MedicationOrder,
  readMedicationRequest,
  textProblem,
  unitsOf,
  writeMedicationRequest,
} from '@chartseal/emr-ledger/fhir'

export const formFields = ['medicine', 'dosage', 'quantity', 'unit', 'repeats', 'until', 'note'] as const
export type FormField = (typeof formFields)[number]

/** As it is typed; `until` is a day. */
export type RxForm = Readonly<Record<FormField, string>>

export const emptyForm: RxForm = {
  medicine: '',
  dosage: '',
  quantity: '',
  unit: '',
  repeats: '0',
  until: '',
  note: '',
}

const maxUnits = 2 ** 32 - 1
const day = /^\d{4}-\d{2}-\d{2}$/

/** Fields that are empty or impossible, in the order of the form. */
export function missingIn(form: RxForm, nowMs: number): readonly FormField[] {
  const { medicine, dosage, quantity, repeats, until } = form
  const isCounted = /^\d{1,10}$/.test(quantity) && Number(quantity) > 0
  const isRepeated = /^\d{1,3}$/.test(repeats)
  const isMuch = isCounted && isRepeated && Number(quantity) * (Number(repeats) + 1) > maxUnits
  const problems: readonly (readonly [FormField, boolean])[] = [
    ['medicine', medicine.trim() === ''],
    ['dosage', dosage.trim() === ''],
    ['quantity', !isCounted || isMuch],
    ['repeats', !isRepeated],
    ['until', !isLater(until, nowMs)],
  ]
  return problems.flatMap(([field, isMissing]) => (isMissing ? [field] : []))
}

function isLater(until: string, nowMs: number): boolean {
  if (!day.test(until) || Number.isNaN(Date.parse(`${until}T00:00:00Z`))) return false
  return Number(expirySeconds({ validUntil: until })) * 1_000 > nowMs
}

export interface OrderParties {
  readonly patientId: string
  readonly patientName: string
  readonly prescriberKid: string
  readonly prescriberName: string
}

/**
 * A FHIR R4 MedicationRequest as bytes, and what the ledger counts of it.
 * @throws ChartsealError `medication/invalid` for texts with what nobody sees
 */
export function orderOf(
  form: RxForm,
  { patientId, patientName, prescriberKid, prescriberName }: OrderParties,
  { nowMs, random }: { readonly nowMs: number; readonly random: Random },
): NewOrder {
  const [unit, note] = [form.unit.trim(), form.note.trim()]
  const order: MedicationOrder = {
    id: encodeHex(random.bytes(16)),
    patient: partyOf(patientId, patientName),
    prescriber: partyOf(prescriberKid, prescriberName),
    authoredOn: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    medicine: { text: form.medicine.trim(), codings: [] },
    dosage: form.dosage.trim(),
    quantity: { value: String(Number(form.quantity)), unit: unit === '' ? null : unit, coded: null },
    repeats: Number(form.repeats),
    substitution: null,
    validFrom: null,
    validUntil: form.until,
    notes: note === '' ? [] : [note],
  }
  return {
    content: writeMedicationRequest(order, 'R4'),
    patientId,
    quantity: unitsOf(order).count,
    validUntil: expirySeconds(order),
  }
}

/** The id names them. A name with signs that nobody sees, as some languages spell theirs, is left out of what is signed. */
const partyOf = (value: string, name: string) => ({
  reference: null,
  identifier: { system: null, value },
  display: textProblem(name) === null ? name.trim() : null,
})

/** The day that a body names; empty where it names none, or is no MedicationRequest. */
export function dayIn(body: Uint8Array): string {
  try {
    const { validUntil } = readMedicationRequest(body).order
    return validUntil !== null && day.test(validUntil) ? validUntil : ''
  } catch (error) {
    if (error instanceof ChartsealError) return ''
    throw error
  }
}

/** What a new one in place of another begins with. */
export function formOf(body: Uint8Array): RxForm {
  const { order } = readMedicationRequest(body)
  return {
    medicine: order.medicine.text,
    dosage: order.dosage ?? '',
    quantity: order.quantity?.value ?? '',
    unit: order.quantity?.unit ?? '',
    repeats: `${order.repeats}`,
    until: order.validUntil ?? '',
    note: order.notes.join('\n'),
  }
}
