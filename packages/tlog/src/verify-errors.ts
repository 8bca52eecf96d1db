import {
  type ChartsealError,
  type ContextValue,
  defineErrors,
  type ErrorFactory,
} from '@chartseal/core/errors'
import type { Range } from './tiles.js'

/** How it is known where a leaf belongs: by the tree that was signed, or only by the number that it carries. */
export type Evidence = 'tree' | 'seq'

/**
 * What a verifier finds, and where. Indices and places count leaves from 0: an index is where a leaf belongs, a
 * place is where it was found; ranges are `from` to `last`. Of files that are missing one after the other, `path` is the
 * first.
 */
export interface VerifyErrors {
  // The source, and what is not there.
  'verify/unreadable': { path: string; reason: string }
  'verify/no-checkpoint': Record<never, never>
  'verify/tile-missing': { path: string; from: number; last: number }
  'verify/bundle-missing': { path: string; from: number; last: number }
  // The signed head.
  'verify/checkpoint-malformed': { reason: string }
  'verify/checkpoint-unsigned': { reason: string }
  'verify/policy-unmet': { reason: string }
  'verify/bad-kept': { reason: string }
  'verify/other-log': { origin: string; kept: string }
  'verify/rolled-back': { size: number; kept: number }
  'verify/forked': { size: number; kept: number }
  'verify/kept-unproven': { size: number; kept: number }
  // The files against the signed root.
  'verify/root-mismatch': { size: number }
  'verify/root-unproven': { size: number }
  'verify/tile-damaged': { path: string; hash: number; count: number }
  'verify/bundle-damaged': { path: string; from: number; last: number; reason: string }
  'verify/range-damaged': { from: number; last: number }
  // The leaves.
  'verify/edited': { index: number; count: number }
  'verify/deleted': { index: number; count: number; evidence: Evidence }
  'verify/cut-off': { index: number; count: number }
  'verify/inserted': { place: number; count: number }
  'verify/duplicated': { index: number; count: number; place: number; evidence: Evidence }
  'verify/reordered': { index: number; count: number; place: number; evidence: Evidence }
  'verify/too-many': { place: number }
  // Notes: nothing is wrong yet.
  'verify/beyond-checkpoint': { path: string; size: number }
}

export const verifyError: ErrorFactory<VerifyErrors> = defineErrors<VerifyErrors>({
  'verify/unreadable': '{path} cannot be read: {reason}.',
  'verify/no-checkpoint': 'The log has no checkpoint.',
  'verify/tile-missing': '{path} is missing, so the hashes over the entries {from} to {last} are.',
  'verify/bundle-missing': '{path} is missing, so the entries {from} to {last} are.',
  'verify/checkpoint-malformed': 'The checkpoint is malformed: {reason}',
  'verify/checkpoint-unsigned': 'The log has not signed this checkpoint: {reason}',
  'verify/policy-unmet': 'The checkpoint does not satisfy the policy: {reason}',
  'verify/bad-kept': 'The kept checkpoint cannot be used: {reason}',
  'verify/other-log': 'The kept checkpoint is from {kept}, but this log is {origin}.',
  'verify/rolled-back': 'The log has {size} entries and had {kept} before: it was rolled back.',
  'verify/forked':
    'The log of {size} entries does not begin with the {kept} entries that were kept: two histories were signed.',
  'verify/kept-unproven':
    'Too much is damaged to prove that the log of {size} entries began with the {kept} that were kept.',
  'verify/root-mismatch':
    'The {size} entries agree with their hashes, but not with the root that was signed.',
  'verify/root-unproven': 'Too much is missing to prove the root over {size} entries.',
  'verify/tile-damaged': '{path} is damaged: {count} of its hashes, the first is hash {hash}.',
  'verify/bundle-damaged': '{path} is damaged: {reason} It holds the entries {from} to {last}.',
  'verify/range-damaged':
    'Entries {from} to {last} were changed together with their hashes, so it cannot be said which of them.',
  'verify/edited': 'Entry {index} was edited ({count} in a row).',
  'verify/deleted': 'Entry {index} was deleted ({count} in a row).',
  'verify/cut-off': 'The end was cut off at entry {index}: {count} are gone.',
  'verify/inserted': 'The entry at index {place} does not belong to the log ({count} in a row).',
  'verify/duplicated': 'Entry {index} is repeated at index {place} ({count} in a row).',
  'verify/reordered': 'Entry {index} was moved to index {place} ({count} in a row).',
  'verify/too-many': 'Too much is wrong to be listed: nothing is listed from entry {place} on.',
  'verify/beyond-checkpoint': '{path} holds more than the {size} entries that were signed.',
})

export type VerifyCode = keyof VerifyErrors & string

/** A finding about the tree itself. */
export type TreeFinding = ChartsealError<VerifyCode, VerifyErrors[VerifyCode]>

/**
 * One thing that is wrong, and where; `message` says it in words. Its code is one of `verifyError`, or of the rules of
 * the leaves.
 */
export type Finding = ChartsealError<string, { readonly [field: string]: ContextValue }>

/** As findings name a range: by its last one, not by one more. */
export function named({ from, to }: Range): { readonly from: number; readonly last: number } {
  return { from, last: to - 1 }
}
