/** Dosage instructions in words: as they were written, or put together from their parts; a part without words is refused. */
import { type FhirValue, isList } from '../json.js'
import { knownNames } from '../names.js'
import { digitsOf, listAt, namesIn, textAt, valueAt } from './bundle.js'
import { conceptName } from './medication.js'
import { refuseModifiers } from './modifiers.js'
import { leaveOut } from './refusal.js'

/** Every step, in its order; an empty text where there are none. */
export function dosageOf(request: FhirValue): string {
  const steps = inOrder(listAt(request, 'dosageInstruction')).map(stepOf)
  if (steps.length < 2) return steps[0] ?? ''
  return steps.map((step, i) => `Step ${i + 1}: ${step}`).join('; ')
}

/** Steps that are numbered come in the order of their numbers, which must differ: equal ones are taken at once. */
function inOrder(steps: readonly FhirValue[]): readonly FhirValue[] {
  const known = steps.map(step => digitsOf(valueAt(step, 'sequence'))).filter(digits => digits !== '')
  if (known.length === 0 || steps.length === 1) return steps
  if (known.length < steps.length || new Set(known).size < known.length)
    leaveOut('the order of its dosage steps is not told')
  return [...steps].sort(
    (one, other) => Number(digitsOf(valueAt(one, 'sequence'))) - Number(digitsOf(valueAt(other, 'sequence'))),
  )
}

const aside = new Set(['sequence', 'id', 'text', 'additionalInstruction', 'patientInstruction'])

function stepOf(step: FhirValue): string {
  refuseModifiers(step, 'its dosage')
  const text = textAt(step, 'text').trim()
  const extra = [
    ...listAt(step, 'additionalInstruction').map(conceptName),
    textAt(step, 'patientInstruction').trim(),
  ]
  const written = text === '' ? structured(step) : text
  return [written, ...extra.filter(words => words !== '' && !written.includes(words))].join(', ')
}

function structured(step: FhirValue): string {
  const words = namesIn(step)
    .filter(name => !aside.has(name))
    .map(name => partOf(name, valueAt(step, name)))
  if (words.length === 0) leaveOut('its dosage says nothing')
  return [...words]
    .sort((one, other) => one.rank - other.rank)
    .map(({ text }) => text)
    .join(', ')
}

interface Part {
  /** Where it stands in the sentence. */
  readonly rank: number
  readonly text: string
}

const parts: {
  readonly [name: string]: readonly [rank: number, words: (value: FhirValue | undefined) => string]
} = {
  doseAndRate: [1, doseWords],
  timing: [2, timingWords],
  asNeededBoolean: [3, value => (value === true ? 'as needed' : value === false ? 'not only as needed' : '')],
  asNeeded: [3, value => (value === true ? 'as needed' : value === false ? 'not only as needed' : '')],
  asNeededCodeableConcept: [4, value => prefixed('as needed for ', conceptName(value))],
  asNeededFor: [4, value => prefixed('as needed for ', listOf(value).map(conceptName).join(', '))],
  route: [5, value => prefixed('route: ', conceptName(value))],
  site: [6, value => prefixed('site: ', conceptName(value))],
  method: [7, value => prefixed('method: ', conceptName(value))],
}

function partOf(name: string, value: FhirValue | undefined): Part {
  const [rank, words] = parts[name] ?? [0, () => '']
  const text = words(value)
  if (text === '') leaveOut(`its dosage has a part that cannot be put into words: ${known(name)}`)
  return { rank, text }
}

/** A name of the document is not repeated unless it is one of FHIR. */
function known(name: string): string {
  return knownNames.has(name) ? name : 'an unknown one'
}

function doseWords(value: FhirValue | undefined): string {
  const [dose, ...others] = listOf(value)
  if (dose === undefined || others.length > 0) return ''
  const names = namesIn(dose).filter(name => name !== 'type' && name !== 'id')
  if (names.length !== 1) return ''
  if (names[0] === 'doseQuantity') return quantityWords(valueAt(dose, 'doseQuantity'))
  if (names[0] !== 'doseRange') return ''
  const low = quantityWords(valueAt(dose, 'doseRange', 'low'))
  const high = quantityWords(valueAt(dose, 'doseRange', 'high'))
  return low === '' || high === '' ? '' : `${low} to ${high}`
}

function quantityWords(quantity: FhirValue | undefined): string {
  const value = digitsOf(valueAt(quantity, 'value'))
  const unit = textAt(quantity, 'unit').trim() || textAt(quantity, 'code').trim()
  const isPlain = valueAt(quantity, 'comparator') === undefined && Number(value) > 0
  return isPlain && unit !== '' ? `${value} ${unit}` : ''
}

const units: { readonly [code: string]: string } = {
  s: 'seconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  wk: 'weeks',
  mo: 'months',
  a: 'years',
}

function timingWords(value: FhirValue | undefined): string {
  const names = namesIn(value)
  if (names.some(name => name !== 'code' && name !== 'repeat')) return ''
  const code = conceptName(valueAt(value, 'code'))
  // FHIR R4 Timing.code: the code says it all but for the bounds.
  if (!names.includes('repeat')) return code
  const repeat = repeatWords(valueAt(value, 'repeat'))
  return code === '' || repeat === '' ? repeat : `${code}, ${repeat}`
}

function repeatWords(repeat: FhirValue | undefined): string {
  const names = namesIn(repeat)
  if (names.some(name => !['frequency', 'period', 'periodUnit'].includes(name))) return ''
  const [frequency, period] = ['frequency', 'period'].map(name => digitsOf(valueAt(repeat, name)))
  const unit = units[textAt(repeat, 'periodUnit')]
  if (!/^[1-9][0-9]*$/.test(frequency ?? '') || !(Number(period) > 0) || unit === undefined) return ''
  return `${frequency} ${frequency === '1' ? 'time' : 'times'} in ${period} ${period === '1' ? unit.slice(0, -1) : unit}`
}

function listOf(value: FhirValue | undefined): readonly FhirValue[] {
  return isList(value) ? value : []
}

function prefixed(prefix: string, words: string): string {
  return words === '' ? '' : prefix + words
}
