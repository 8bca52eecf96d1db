import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the two ends of a conference refuse of their callers' data. */
export interface PartyErrors {
  /** A text above the limit of one message. */
  'conference/text-too-long': { sizeBytes: number; limitBytes: number }
  /** So many messages wait for a doctor who is not there. */
  'conference/too-many-waiting': { limit: number }
  /** A journal that this core did not write, or of another conference's core. */
  'conference/bad-journal': { index: number; reason: string }
  /** A record that a patient of this conference did not write. */
  'conference/bad-record': Record<never, never>
  /** Somebody who cannot be enrolled. */
  'conference/bad-patient': { name: string; reason: string }
  /** Nobody of this name is enrolled. */
  'conference/unknown-patient': { name: string }
}

export const partyError: ErrorFactory<PartyErrors> = defineErrors<PartyErrors>({
  'conference/text-too-long': 'The text must have at most {limitBytes} bytes; this one has {sizeBytes}.',
  'conference/too-many-waiting': 'At most {limit} messages may wait for the doctor.',
  'conference/bad-journal': 'Record {index} of the journal must be one of a conference: {reason}.',
  'conference/bad-record': 'The record must be one that a patient of this conference wrote.',
  'conference/bad-patient': 'The patient "{name}" cannot be enrolled: {reason}.',
  'conference/unknown-patient': 'The patient "{name}" must be one of those enrolled.',
})
