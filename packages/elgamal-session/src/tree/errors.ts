import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the key tree refuses. */
export interface TreeErrors {
  /** Bytes that are not a commit, or not one that this member could be given. */
  'conference/bad-commit': { reason: string }
  /** The commit follows another one than the last that was applied: one is missing, or it comes again. */
  'conference/commit-order': { haveEpoch: number; needEpoch: number }
  /** The commit gives this member no key: they left, or were removed. */
  'conference/left-out': { epoch: number }
  /** Bytes that are not the keys of one member. */
  'conference/bad-path': { reason: string }
  /** Bytes that are not a stored tree. */
  'conference/bad-snapshot': { reason: string }
}

export const treeError: ErrorFactory<TreeErrors> = defineErrors<TreeErrors>({
  'conference/bad-commit': 'The commit is not one of this key tree: {reason}.',
  'conference/commit-order': 'The commit follows epoch {needEpoch}; this member is at epoch {haveEpoch}.',
  'conference/left-out': 'The commit of epoch {epoch} leaves this member out.',
  'conference/bad-path': 'The path is not one of this key tree: {reason}.',
  'conference/bad-snapshot': 'The stored key tree cannot be read: {reason}.',
})
