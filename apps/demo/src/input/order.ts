/** A MedicationRequest as the text of a prescription. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { textAt } from './fhir-text.js'

export interface Order {
  /** What a pharmacist reads; of any length. */
  readonly text: string
  /** Names the resource and pins its content; always short enough for the ledger. */
  readonly reference: string
}

export function orderOf(resource: unknown): Order {
  const dosage = textAt(resource, 'dosageInstruction', 0, 'text')
  const parts = [medicationOf(resource), dosage, dayOf(textAt(resource, 'authoredOn'))]
  return {
    text: parts
      .filter(part => part !== '')
      .map(withoutStop)
      .join('. '),
    reference: referenceTo(resource),
  }
}

function medicationOf(resource: unknown): string {
  const concept = textAt(resource, 'medicationCodeableConcept', 'text')
  const coding = textAt(resource, 'medicationCodeableConcept', 'coding', 0, 'display')
  const reference = textAt(resource, 'medicationReference', 'display')
  return concept || coding || reference || 'a medication without a name'
}

const dayOf = (dateTime: string): string => (dateTime === '' ? '' : `Ordered ${dateTime.slice(0, 10)}`)

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

// FHIR R4 2.24.0.1: an id has 1 to 64 of these characters.
const idShape = /^[A-Za-z0-9.-]{1,64}$/

function referenceTo(resource: unknown): string {
  const id = textAt(resource, 'id')
  const digest = defaultEngine().sha256(encodeUtf8(JSON.stringify(resource)))
  return `See MedicationRequest/${idShape.test(id) ? id : '(no id)'}, SHA-256 ${encodeHex(digest)}`
}
