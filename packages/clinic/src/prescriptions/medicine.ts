/** What a prescription is for, in words and as codes, from its body. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { parseJson } from '@chartseal/core/json'
import {
  type FhirValue,
  LeftOut,
  listAt,
  medicationOf,
  readMedicationRequest,
  resolve,
  textAt,
  typeOf,
  valueAt,
} from '@chartseal/emr-ledger/fhir'

export interface MedicineWords {
  readonly medicine: string
  /** Empty where nothing is said. */
  readonly dosage: string
}

/**
 * A body that is no MedicationRequest is shown as it is.
 * @throws ChartsealError `medication/…` for a request that says what nobody here can show: it must not be given out
 */
export function medicineIn(body: Uint8Array): MedicineWords {
  if (!isMedicationRequest(body)) return { medicine: textOf(body), dosage: '' }
  const { medicine, dosage } = readMedicationRequest(body).order
  return { medicine: medicine.text, dosage: dosage ?? '' }
}

export function isMedicationRequest(body: Uint8Array): boolean {
  return requestIn(body) !== null
}

/** What two prescriptions of one medicine have in common at least one of: codes with their systems, or a name. */
export function medicineKeys(body: Uint8Array): ReadonlySet<string> {
  const request = requestIn(body)
  if (request === null) return new Set([nameKey(textOf(body))])
  const concepts = [
    valueAt(request, 'medicationCodeableConcept'),
    valueAt(request, 'medication', 'concept'),
    ...containedConcepts(request),
  ]
  const codes = concepts.flatMap(concept =>
    listAt(concept, 'coding')
      .map(coding => `${textAt(coding, 'system')}|${textAt(coding, 'code')}`)
      .filter(code => !/^\||\|$/.test(code)),
  )
  const name = wordsOf(() => medicationOf(request, []))
  return new Set(name === '' ? codes : [...codes, nameKey(name)])
}

function containedConcepts(request: FhirValue): readonly (FhirValue | undefined)[] {
  const reference =
    textAt(request, 'medicationReference', 'reference') ||
    textAt(request, 'medication', 'reference', 'reference')
  const medication = reference === '' ? null : resolve(reference, request, [])
  return medication === null ? [] : [valueAt(medication, 'code')]
}

const nameKey = (name: string): string =>
  `name:${name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`

function textOf(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    return ''
  }
}

function requestIn(body: Uint8Array): FhirValue | null {
  try {
    const value = parseJson(decodeUtf8(body))
    return typeOf(value) === 'MedicationRequest' ? value : null
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function wordsOf(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof LeftOut) return ''
    throw error
  }
}
