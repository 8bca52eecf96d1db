import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a verifier finds wrong with entries that were signed: see `auditLeafRules`. Indices count from 0. */
export interface EntryFindings {
  /** What was signed at this index is not an entry. */
  'audit/bad-entry': { index: number }
  'audit/clock-backwards': { index: number; atMs: number; beforeMs: number }
  'audit/not-imported': { index: number }
  'audit/import-broken': { index: number; reason: string }
}

export const entryFinding: ErrorFactory<EntryFindings> = defineErrors<EntryFindings>({
  'audit/bad-entry': 'Entry {index} is not in the format of this log.',
  'audit/clock-backwards':
    'Entry {index} is dated {atMs, ms}, before the {beforeMs, ms} of the entry before it.',
  'audit/not-imported': 'Entry {index} is an imported line, but no import announces it.',
  'audit/import-broken': 'The import at entry {index} is broken: {reason}.',
})

/** Entries and subject keys. What is decided with a subject key is core's `open/failed`. No context names a patient. */
export interface EntryErrors {
  /** Not one of the two kinds of leaf in their one encoding, or not for this place. */
  'audit/bad-leaf': { reason: 'encoding' | 'version' | 'size' | 'sequence' }
  /** More than the 65,535 bytes that an entry bundle can hold. */
  'audit/leaf-too-large': { maximumBytes: number; actualBytes: number }
  /** A record that lacks a field, or has one that is not what it should be. */
  'audit/bad-record': { field: string; expected: string }
  /** No key was ever made for this patient here. */
  'audit/no-subject-key': Record<never, never>
  /** The key of this patient was destroyed. */
  'audit/shredded': Record<never, never>
  /** The key store is not the one that belongs to the log key: an old backup, another log's, or an empty one. */
  'audit/stale-key-store': { logKeyGeneration: number }
  /** A wrapped subject key that is not what was stored. */
  'audit/bad-key-store': Record<never, never>
  /** A receipt that proves nothing about an entry. */
  'audit/bad-receipt': { reason: string }
  /** An earlier destruction is not in the log yet: record it first. */
  'audit/shred-unrecorded': Record<never, never>
  /** Changing the key store failed earlier; opening it again finishes what was begun. */
  'audit/key-store-failed': Record<never, never>
}

export const entryError: ErrorFactory<EntryErrors> = defineErrors<EntryErrors>({
  'audit/bad-leaf': 'The entry cannot be read ({reason}).',
  'audit/leaf-too-large': 'The entry has {actualBytes} bytes; at most {maximumBytes} fit into the log.',
  'audit/bad-record': 'Field {field} of the audit record must be {expected}.',
  'audit/no-subject-key': 'There is no key for this patient.',
  'audit/shredded': 'The key of this patient was destroyed.',
  'audit/stale-key-store': 'The key store does not belong to log key {logKeyGeneration}.',
  'audit/bad-key-store': 'A wrapped key in the key store was changed.',
  'audit/bad-receipt': 'The receipt proves nothing: {reason}.',
  'audit/shred-unrecorded': 'The destruction of another key has no record in the log yet.',
  'audit/key-store-failed': 'An earlier change of the key store failed; open it again.',
})
