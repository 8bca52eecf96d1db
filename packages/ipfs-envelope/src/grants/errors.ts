import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What anyone can see of a grant list. Whether it opens for somebody is core's `open/failed`. */
export interface GrantErrors {
  /** Not a grant list in its one encoding. */
  'grants/malformed': { reason: string }
  'grants/too-large': { maxBytes: number }
  'grants/too-many-recipients': { max: number; count: number }
  /** The signature is not that of the owner whom the list names. */
  'grants/bad-signature': Record<never, never>
  /** Signed by somebody else than the owner who is known. */
  'grants/other-owner': Record<never, never>
  'grants/other-package': Record<never, never>
  /** A newer list of this package was seen before. */
  'grants/older': { seq: bigint; seenSeq: bigint }
  /** Two lists of the owner have one number, or a list does not name the one before it. */
  'grants/forked': { seq: bigint }
  /** Numbers of lists have no gap. */
  'grants/wrong-seq': { seq: bigint; expectedSeq: bigint }
  /** A version that goes back or leaves one out, or one version with two payloads. */
  'grants/wrong-version': { version: number; previousVersion: number }
  'grants/not-yet': { notBeforeMs: number }
  'grants/expired': { notAfterMs: number }
  /** What the reader names is not among the purposes of the list. */
  'grants/other-purpose': { purpose: string }
  /** Positions, from 0, in what was asked. */
  'grants/already-granted': { positions: readonly number[] }
  'grants/not-granted': { positions: readonly number[] }
  /** Entries of others have the same hint: make the list anew from all who stay. */
  'grants/ambiguous': { positions: readonly number[] }
}

export const grantError: ErrorFactory<GrantErrors> = defineErrors<GrantErrors>({
  'grants/malformed': 'Not a grant list: {reason}.',
  'grants/too-large': 'A grant list must have at most {maxBytes} bytes.',
  'grants/too-many-recipients': 'A grant list must have at most {max} recipients; this one has {count}.',
  'grants/bad-signature': 'The grant list is not signed by the owner whom it names.',
  'grants/other-owner': 'The grant list is signed by another owner than the one who is known.',
  'grants/other-package': 'The grant list belongs to another package.',
  'grants/older': 'The grant list {seq} is older than {seenSeq}, which was seen before.',
  'grants/forked': 'The grant list {seq} does not follow the one that was seen before.',
  'grants/wrong-seq': 'The next grant list must have the number {expectedSeq}; this one has {seq}.',
  'grants/wrong-version':
    'The payload version must stay, with its payload, or grow by one: {version} follows {previousVersion}.',
  'grants/not-yet': 'The grants begin at {notBeforeMs} ms.',
  'grants/expired': 'The grants ended at {notAfterMs} ms.',
  'grants/other-purpose': 'The purpose must be one that the list names; {purpose} is none.',
  'grants/already-granted': 'Already among the recipients, by position: {positions}.',
  'grants/not-granted': 'Not among the recipients, by position: {positions}.',
  'grants/ambiguous':
    'Entries of others cannot be told from those asked for, by position: {positions}. Make the list anew from everybody who stays.',
})
