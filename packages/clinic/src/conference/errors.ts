import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What is refused before a conference begins: invitations, answers, and the files that keep them. */
export interface EnrolmentErrors {
  /** The message is of another kind. */
  'enrolment/not-an-invitation': Record<never, never>
  'enrolment/not-an-answer': Record<never, never>
  /** Which field. */
  'enrolment/invalid': { field: string }
  /** Only doctors hold conferences. */
  'enrolment/from-patient': Record<never, never>
  /** Sealed by this side itself. */
  'enrolment/own-message': Record<never, never>
  'enrolment/expired': { untilMs: number }
  'enrolment/other-conference': Record<never, never>
  'enrolment/not-invited': { name: string }
  /** Another key than the one that answered before. */
  'enrolment/taken': { name: string }
  'enrolment/damaged': { what: string; reason: string }
  /** Of a file that is sealed. */
  'enrolment/wrong-passphrase': Record<never, never>
  'enrolment/sealed': { what: string }
  /** `what` is held by another process. */
  'enrolment/in-use': { what: string; host: string; pid: number }
}

export const enrolmentError: ErrorFactory<EnrolmentErrors> = defineErrors<EnrolmentErrors>({
  'enrolment/not-an-invitation': 'The message must be an invitation to a conference: it is of another kind.',
  'enrolment/not-an-answer': 'The message must be the answer to an invitation: it is of another kind.',
  'enrolment/invalid': 'The field {field} must be as the specification says.',
  'enrolment/from-patient': 'An invitation must come from a doctor: a patient of a pair holds no conference.',
  'enrolment/own-message': 'The message must come from the other side: this side sealed it.',
  'enrolment/expired': 'The conference must not be over: it ended at {untilMs, ms}.',
  'enrolment/other-conference': 'The answer must be for this conference: it is for another one.',
  'enrolment/not-invited': '{name} must be invited first: this conference has no invitation for this pair.',
  'enrolment/taken':
    'The answer of {name} must name the key of the first answer: to take another device, invite again with --again.',
  'enrolment/damaged': 'The {what} cannot be read: {reason}',
  'enrolment/wrong-passphrase': 'The passphrase must be that of the file: it opens nothing here.',
  'enrolment/sealed': 'The {what} is sealed: its passphrase must be given.',
  'enrolment/in-use': 'The {what} must be used by one process at a time: process {pid} on {host} has it.',
})

/** What the drivers of a conference refuse. */
export interface DriverErrors {
  'driver/over': Record<never, never>
}

export const driverError: ErrorFactory<DriverErrors> = defineErrors<DriverErrors>({
  'driver/over': 'The conference must not be over here: this was not carried out.',
})
