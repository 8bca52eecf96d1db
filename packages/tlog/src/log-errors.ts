import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the writer of a log refuses. Sizes count entries; what the disk refused is core's `files/failed`. */
export interface LogErrors {
  /** Another writer holds the log. */
  'log/locked': { host: string; pid: number }
  /** The request id stands in the log at `index`, with other content. */
  'log/request-conflict': { index: number }
  /** Fewer entries are durable than were signed: an older copy, or a tail that was cut off. */
  'log/rollback': { signedSize: number; durableSize: number }
  /** The entries are not those that were signed at this size. */
  'log/diverged': { size: number }
  /** There are entries and no checkpoint, so nobody knows what was signed. */
  'log/no-checkpoint': { durableSize: number }
  /** The log remembers witnesses, and its writer was not told how to ask them. */
  'log/witnesses-needed': Record<never, never>
  /** A checkpoint of another log; one without this log's signature is `note/unsigned`. */
  'log/foreign-checkpoint': { origin: string }
  /** A file of the log that is missing or not what it must be, by its path. */
  'log/damaged': { path: string }
  /** More than the 65,535 bytes that an entry bundle can hold. */
  'log/entry-too-large': { maximumBytes: number; actualBytes: number }
  /** So many appends wait already; try again when some of them resolved. */
  'log/busy': { waiting: number }
  /** Writing failed earlier; what the storage holds is known again after reopening. */
  'log/poisoned': Record<never, never>
  /** The entry is durable, and the log was closed before enough witnesses cosigned. */
  'log/not-witnessed': { index: number }
}

export const logError: ErrorFactory<LogErrors> = defineErrors<LogErrors>({
  'log/locked': 'The log is open in process {pid} on {host}.',
  'log/request-conflict': 'Entry {index} has this request id and other content.',
  'log/rollback': 'The log signed {signedSize} entries, but only {durableSize} are stored.',
  'log/diverged': 'The first {size} entries are not the ones that were signed.',
  'log/no-checkpoint': 'The log has {durableSize} entries and no checkpoint.',
  'log/witnesses-needed':
    'This log publishes only what its witnesses cosigned: say how they are asked, or give the policy up.',
  'log/foreign-checkpoint': 'The checkpoint is not from {origin}.',
  'log/damaged': '{path} is missing or damaged.',
  'log/entry-too-large': 'The entry has {actualBytes} bytes; at most {maximumBytes} fit into the log.',
  'log/busy': 'The log is busy: {waiting} appends are waiting.',
  'log/poisoned': 'An earlier write failed; close the log and open it again.',
  'log/not-witnessed': 'Entry {index} is stored, but the log closed before enough witnesses cosigned it.',
})
