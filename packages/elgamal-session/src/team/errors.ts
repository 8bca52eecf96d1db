import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a care team thread refuses. */
export interface TeamErrors {
  /** Bytes that are not a frame, a welcome or a state of a care team thread. */
  'team/malformed': { what: string; reason: string }
  /** It belongs to another thread. */
  'team/other-thread': Record<never, never>
  /** Nobody who was in the thread in that epoch signed it, or not this. */
  'team/wrong-signature': Record<never, never>
  /** Signed, and not what may come now. */
  'team/bad-message': { reason: string }
  'team/bad-commit': { reason: string }
  /** Somebody signed two histories: two messages with one number, or two commits of one epoch. */
  'team/forked': { name: string; what: string }
  /** Sent after its sender was removed, or under a key that they have no more. */
  'team/after-removal': { name: string }
  /** Sent before this member came. */
  'team/before-joining': { epoch: number }
  /** The keys of its epoch were destroyed, or its place was given up. */
  'team/too-old': { epoch: number }
  /** So many frames wait for a commit. */
  'team/too-many-waiting': { limit: number }
  /** This side is not in the thread: it waits for the welcome, left, or was removed. */
  'team/not-in': { phase: string }
  /** A welcome that is older than what is here, or one that was not asked for. */
  'team/bad-welcome': { reason: string }
  /** This state is an old copy: members are ahead of it. */
  'team/behind': { epoch: number; heardEpoch: number }
  /** The answer belongs to another thread. */
  'team/other-answer': Record<never, never>
  /** Nobody of this pair was invited, or the answer is not the one that was added. */
  'team/not-invited': { name: string }
  /** Somebody of this pair is in the thread. */
  'team/is-in': { name: string }
  /** A member has this key. */
  'team/key-taken': Record<never, never>
  /** Nobody of this name or place is in the thread, or they cannot be removed. */
  'team/unknown-person': { name: string }
  'team/too-large': { sizeBytes: number; limitBytes: number }
  'team/too-many': { limit: number }
  /** A name, a title or a mailbox that nobody could read. */
  'team/bad-text': { field: string }
}

export const teamError: ErrorFactory<TeamErrors> = defineErrors<TeamErrors>({
  'team/malformed': 'The {what} must be one of a care team thread: {reason}.',
  'team/other-thread': 'This must belong to the same care team thread: it is of another one.',
  'team/wrong-signature': 'The signature must be of somebody who was in the thread then: it is not.',
  'team/bad-message': 'The message must be the next one of its sender: {reason}.',
  'team/bad-commit': 'The change of the thread must be the next one: {reason}.',
  'team/forked': '{name} must have one history: there are two of their {what}.',
  'team/after-removal': '{name} must be in the thread to write: this was sent after they were removed.',
  'team/before-joining':
    'The message must be of an epoch in which this member was there: epoch {epoch} was before.',
  'team/too-old':
    'The message must be of an epoch whose keys are kept: those of epoch {epoch} were destroyed.',
  'team/too-many-waiting': 'At most {limit} frames may wait for a change of the thread.',
  'team/not-in': 'This side must be in the thread: it is not ({phase}).',
  'team/bad-welcome': 'The welcome must fit: {reason}.',
  'team/behind':
    'The state must be the newest one: it is of epoch {epoch}, and members are at {heardEpoch}. Renew it.',
  'team/other-answer': 'The answer must be for this thread: it is for another one.',
  'team/not-invited': '{name} must be invited first.',
  'team/is-in': '{name} must not be in the thread already; with another device, invite them again.',
  'team/key-taken': 'The key of the answer must be a new one: somebody in the thread has it.',
  'team/unknown-person': '{name} must be somebody in the thread whom the keeper can remove.',
  'team/too-large': 'A message must have at most {limitBytes} bytes; this one has {sizeBytes}.',
  'team/too-many': 'A care team has at most {limit} members.',
  'team/bad-text': 'The field {field} must be a text that people can read, and not too long.',
})
