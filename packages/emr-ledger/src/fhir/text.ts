/** What people read before they sign, and at the counter: the whole of a form, in lines that nobody can counterfeit. */
import type { Language } from '../v2/signed-text.js'
import type { Dispensing } from './dispense.js'
import { type Amount, amountOf, type MedicationOrder, type Medicine, type Party, unitsOf } from './form.js'

const english = {
  prescription: 'Prescription',
  dispensing: 'Dispensing',
  patient: 'Patient',
  prescriber: 'Prescriber',
  dispenser: 'Given out by',
  medicine: 'Medicine',
  code: 'Code',
  dosage: 'How to take it',
  quantity: 'Quantity',
  repeats: 'Repeats',
  total: 'In all',
  substitution: 'Another product instead',
  allowed: 'allowed',
  forbidden: 'not allowed',
  authoredOn: 'Written on',
  validFrom: 'Valid from',
  validUntil: 'Valid until',
  handedOver: 'Given out on',
  reference: 'Number',
  order: 'Prescription number',
  note: 'Note',
  none: 'not told',
}

const spanish: { readonly [Key in keyof typeof english]: string } = {
  prescription: 'Receta',
  dispensing: 'Dispensación',
  patient: 'Paciente',
  prescriber: 'Prescriptor',
  dispenser: 'Dispensado por',
  medicine: 'Medicamento',
  code: 'Código',
  dosage: 'Cómo tomarlo',
  quantity: 'Cantidad',
  repeats: 'Repeticiones',
  total: 'En total',
  substitution: 'Otro producto en su lugar',
  allowed: 'permitido',
  forbidden: 'no permitido',
  authoredOn: 'Fecha',
  validFrom: 'Válida desde',
  validUntil: 'Válida hasta',
  handedOver: 'Dispensado el',
  reference: 'Número',
  order: 'Número de la receta',
  note: 'Nota',
  none: 'no consta',
}

const words = { en: english, es: spanish }

/**
 * Everything that a form says, a line for each thing; lines of a text that goes on are indented, so that no text can
 * pass for a line of its own. What a doctor or pharmacist wrote stays in their language.
 */
export function prescriptionText(order: MedicationOrder, language: Language): string {
  const say = words[language]
  const total = order.quantity === null ? null : totalOf(order)
  const substitution = order.substitution === null ? null : order.substitution ? say.allowed : say.forbidden
  return lines(say.prescription, [
    [say.patient, partyText(order.patient)],
    ...medicineLines(order.medicine, say),
    [say.dosage, order.dosage ?? say.none],
    [say.quantity, order.quantity === null ? say.none : amountText(order.quantity)],
    [say.repeats, `${order.repeats}`],
    ...line(say.total, total),
    ...line(say.substitution, substitution),
    ...line(say.validFrom, order.validFrom),
    [say.validUntil, order.validUntil ?? say.none],
    [say.prescriber, order.prescriber === null ? say.none : partyText(order.prescriber)],
    [say.authoredOn, order.authoredOn ?? say.none],
    ...line(say.reference, order.id),
    ...order.notes.map(note => [say.note, note] as const),
  ])
}

/** The same of a dispensing. */
export function dispensingText(dispensing: Dispensing, language: Language): string {
  const say = words[language]
  return lines(say.dispensing, [
    [say.patient, partyText(dispensing.patient)],
    ...medicineLines(dispensing.medicine, say),
    ...line(say.dosage, dispensing.dosage),
    [say.quantity, amountText(dispensing.quantity)],
    [say.handedOver, dispensing.handedOver],
    [say.dispenser, partyText(dispensing.dispenser)],
    [say.order, dispensing.prescription],
    [say.reference, dispensing.id],
    ...dispensing.notes.map(note => [say.note, note] as const),
  ])
}

type Line = readonly [label: string, text: string]

function lines(title: string, told: readonly Line[]): string {
  return [title, ...told.map(([label, text]) => `${label}: ${text.replace(/\r?\n/g, '\n    ')}`)].join('\n')
}

function line(label: string, text: string | null): readonly Line[] {
  return text === null ? [] : [[label, text]]
}

function medicineLines({ text, codings }: Medicine, say: typeof spanish): readonly Line[] {
  const codes = codings.map(({ system, version, code, display }): Line => {
    const named = [`${system}|${code}`, version, display]
    return [say.code, named.filter(part => part !== null).join(', ')]
  })
  return [[say.medicine, text], ...codes]
}

function partyText({ reference, identifier, display }: Party): string {
  const identified =
    identifier === null ? null : [identifier.system, identifier.value].filter(part => part !== null).join('|')
  return [display, reference, identified].filter(part => part !== null).join(', ')
}

const ucum = 'http://unitsofmeasure.org'

function amountText({ value, unit, coded }: Amount): string {
  const amount = unit === null ? value : `${value} ${unit}`
  if (coded === null) return amount
  return `${amount} (${coded.system === ucum ? 'UCUM ' : `${coded.system}|`}${coded.code})`
}

/** Whole quantities as one sum, others as so many times each. */
function totalOf(order: MedicationOrder): string {
  const { count, each } = unitsOf(order)
  return each.value === '1' ? amountText(amountOf(count, each)) : `${count} × ${amountText(each)}`
}
