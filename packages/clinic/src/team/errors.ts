import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What is refused of the sealed messages that bring people into a care team, and of the file that keeps one. */
export interface CareTeamErrors {
  /** The message is of another kind. */
  'care-team/not-an-invitation': Record<never, never>
  'care-team/not-an-answer': Record<never, never>
  'care-team/not-a-welcome': Record<never, never>
  /** Which field. */
  'care-team/invalid': { field: string }
  /** Sealed by this side itself. */
  'care-team/own-message': Record<never, never>
  /** The invitation is to another thread than the one that this file keeps. */
  'care-team/other-team': Record<never, never>
  /** The welcome came by another pair than the invitation. */
  'care-team/other-pair': Record<never, never>
  'care-team/not-the-keeper': Record<never, never>
  'care-team/is-the-keeper': Record<never, never>
  'care-team/missing': { file: string }
  'care-team/exists': { file: string }
  'care-team/damaged': { reason: string }
  /** One answer for a passphrase that does not fit and for a file that was changed. */
  'care-team/wrong-passphrase': Record<never, never>
  /** Another process has the file. */
  'care-team/in-use': { host: string; pid: number }
  /** The text is no frame of a care team. */
  'care-team/not-a-text': { reason: string }
}

export const careTeamError: ErrorFactory<CareTeamErrors> = defineErrors<CareTeamErrors>({
  'care-team/not-an-invitation': 'The message must be an invitation to a care team: it is of another kind.',
  'care-team/not-an-answer': 'The message must be the answer to an invitation: it is of another kind.',
  'care-team/not-a-welcome': 'The message must be the welcome of a care team: it is of another kind.',
  'care-team/invalid': 'The field {field} must be as the specification says.',
  'care-team/own-message': 'The message must come from the other side: this side sealed it.',
  'care-team/other-team': 'The invitation must be to the care team of this file: it is to another one.',
  'care-team/other-pair':
    'The welcome must come from the keeper who sent the invitation: it came by another pair.',
  'care-team/not-the-keeper': 'Only the keeper of a care team invites, adds and removes.',
  'care-team/is-the-keeper':
    'The keeper cannot leave a care team, or be welcomed: end it by removing all others.',
  'care-team/missing':
    '{file} holds no care team. Begin one: chartseal team create; or accept an invitation.',
  'care-team/exists': '{file} holds something already.',
  'care-team/wrong-passphrase': 'The passphrase does not fit this care team, or its file was changed.',
  'care-team/damaged': 'The file of the care team cannot be read: {reason}',
  'care-team/in-use':
    'The file of a care team must be used by one process at a time: process {pid} on {host} has it.',
  'care-team/not-a-text': 'The text must be one of a care team: {reason}.',
})
