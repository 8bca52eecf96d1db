import { inspect } from '@chartseal/wire'
import type { Detector, Finding } from './detector.js'

const partForm = /\[CHARTSEAL:v2:[^:\]]*:/

/** A message of version 1 or 2 as text. */
export const message: Detector = ({ text }) => {
  const found = text === null ? null : /\[(MEDCRYPT|CHARTSEAL)/.exec(text)
  if (text === null || found === null) return null
  // What stands around a message, as when more was copied than it, is told as such by `inspect`.
  const { refusal, message: told, part } = inspect(text)
  const about = told?.version ?? (found[1] === 'MEDCRYPT' ? 1 : 2)
  if (part !== null || partForm.test(text)) {
    const facts = part === null ? {} : { set_id: part.setId, part: part.index, parts: part.count }
    return { kind: 'part of a sealed message, version 2', facts, refusal }
  }
  return {
    kind: `sealed message, version ${about}`,
    facts: factsOf(told),
    refusal,
    notes: notesOf(told),
  }
}

type Told = ReturnType<typeof inspect>['message']

function factsOf(told: Told): Finding['facts'] {
  if (told === null) return {}
  if (told.version === 1) return { patient_id: told.patientId, plaintext_bytes: told.plaintextBytes }
  return { key_id: told.kid, counter: told.counter, padded_bytes: told.paddedBytes }
}

function notesOf(told: Told): readonly string[] {
  if (told === null) return []
  if (told.version === 1) return ['The patient id is in clear and not authenticated without the key.']
  return [
    'Patient, thread, sender and recipient are bound and not in it; the body is shorter than its padding.',
  ]
}
