import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/**
 * What the writer of a log refuses, beside `audit/leaf-too-large` of the entries' table. Sizes count entries; what the
 * disk refused is core's `files/failed`.
 */
export interface LogErrors {
  /** Another writer holds the log. */
  'audit/locked': { host: string; pid: number }
  /** The request id stands in the log at `index`, with other content. */
  'audit/request-conflict': { index: number }
  /** Fewer entries are durable than were signed: an older copy, or a tail that was cut off. */
  'audit/rollback': { signedSize: number; durableSize: number }
  /** The entries are not those that were signed at this size. */
  'audit/diverged': { size: number }
  /** There are entries and no checkpoint, so nobody knows what was signed. */
  'audit/no-checkpoint': { durableSize: number }
  /** A checkpoint of another log; one without this log's signature is `note/unsigned`. */
  'audit/foreign-checkpoint': { origin: string }
  /** A file of the log that is missing or not what it must be, by its path. */
  'audit/damaged': { path: string }
  /** So many appends wait already; try again when some of them resolved. */
  'audit/busy': { waiting: number }
  /** Writing failed earlier; what the storage holds is known again after reopening. */
  'audit/poisoned': Record<never, never>
  /** The entry is durable, and the log was closed before enough witnesses cosigned. */
  'audit/not-witnessed': { index: number }
}

export const logError: ErrorFactory<LogErrors> = defineErrors<LogErrors>({
  'audit/locked': 'The log is held by process {pid} on {host}.',
  'audit/request-conflict': 'This request id stands at index {index} with other content.',
  'audit/rollback': 'Size {signedSize} was signed and only {durableSize} entries are there.',
  'audit/diverged': 'The entries are not those that were signed at size {size}.',
  'audit/no-checkpoint': 'There are {durableSize} entries and no checkpoint.',
  'audit/foreign-checkpoint': 'The checkpoint is not one of {origin}.',
  'audit/damaged': 'Missing or damaged: {path}.',
  'audit/busy': '{waiting} appends wait already.',
  'audit/poisoned': 'An earlier write failed; close the log and open it again.',
  'audit/not-witnessed': 'Entry {index} is durable, and too few witnesses cosigned it before the end.',
})
