/** Which key a patient's id means: one person has one key, however a source spells the id. */
import { idProblem, withoutIgnorable } from '@chartseal/core/text'
import { bad } from './record.js'

/**
 * `plain`: `Patient/7`, `patient/7`, `Patient/7/_history/2` and `7`, in any Unicode normal form, are one patient.
 * `exact`: each text is a patient of its own.
 */
export const patientIdForms = ['plain', 'exact'] as const
export type PatientIdForm = (typeof patientIdForms)[number]

const typed = /^patient\/(.+?)(?:\/_history\/.*)?$/i

/** The id that stands for all spellings of it in a log of this form. */
export function canonicalPatientId(id: string, form: PatientIdForm): string {
  if (form === 'exact') return id
  const normal = id.normalize('NFC')
  return typed.exec(normal)?.[1] ?? normal
}

/** The same for ids that a person may take for one another: by case, width, accents as typed, dashes, invisible characters. */
export function blurredPatientId(id: string): string {
  const folded = withoutIgnorable(id.normalize('NFKC')).toLowerCase().normalize('NFC')
  return canonicalPatientId(
    folded
      .replace(/\p{Pd}/gu, '-')
      .replace(/\s+/g, ' ')
      .trim(),
    'plain',
  )
}

/** In an `exact` log NFC is asked for, in a `plain` one it is made. */
export function isTypable(id: string): boolean {
  return idProblem(id) === null && id === id.normalize('NFC')
}

export function notTypable(): Error {
  return bad('patient', 'in NFC, without invisible characters and without blanks at its ends')
}
