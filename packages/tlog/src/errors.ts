import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What anyone can see in the files of a transparency log; nothing here is decided with a secret. */
export interface TlogErrors {
  /** Not a signed note. */
  'note/malformed': { reason: string }
  /** Larger than any note that is read here. */
  'note/too-large': { limit: number }
  /** No signature by a key that was asked for. */
  'note/unsigned': Record<never, never>
  /** A signature under the name and id of a known key that does not verify: the whole note is refused. */
  'note/bad-signature': { name: string }
  /** Not a verifier key, or one of another algorithm than is asked for. */
  'note/bad-key': { reason: string }
  /** Not the text of a checkpoint. */
  'checkpoint/malformed': { reason: string }
  /** Signed by the right key for another log. */
  'checkpoint/other-origin': { expected: string; actual: string }
  /** Fewer witnesses than the policy asks for. */
  'checkpoint/quorum': { reason: string }
  'tlog/bad-bundle': { reason: string }
  'tlog/bad-tile': { reason: string }
  'tlog/bad-proof': { reason: string }
  /** The hashes of a proof do not lead to the root. */
  'tlog/not-included': Record<never, never>
  /** A witness answered with another status than 200. */
  'tlog/witness-refused': { witness: string; status: number }
  /** A witness has cosigned a larger tree than is shown to it: the log was rolled back, or somebody holds its key. */
  'tlog/witness-ahead': { witness: string; size: number }
  /** Fewer witnesses cosigned than the policy asks for; the reason names each that did not. */
  'tlog/too-few-witnesses': { reason: string }
  /** A witness's key without the store that remembers for it, or with that of another key. */
  'tlog/witness-forgot': { witness: string }
  /** A store that was put back from before what the witness's key has cosigned. */
  'tlog/witness-rolled-back': { witness: string; origin: string; have: number; size: number }
  'tlog/bad-policy': { line: number; reason: string }
  /** A quorum that lets two histories be accepted while so many witnesses are dishonest. */
  'tlog/weak-policy': { dishonest: number }
}

export const tlogError: ErrorFactory<TlogErrors> = defineErrors<TlogErrors>({
  'note/malformed': 'Not a signed note: {reason}.',
  'note/too-large': 'The note is longer than {limit} characters.',
  'note/unsigned': 'The note is not signed by a known key.',
  'note/bad-signature': 'The signature by {name} does not match the note.',
  'note/bad-key': 'The key cannot be used: {reason}.',
  'checkpoint/malformed': 'Not a checkpoint: {reason}.',
  'checkpoint/other-origin': 'The checkpoint is from the log {actual}, not from {expected}.',
  'checkpoint/quorum': 'Too few witnesses have cosigned: {reason}.',
  'tlog/bad-bundle': 'Not a bundle of entries: {reason}.',
  'tlog/bad-tile': 'Not a tile: {reason}.',
  'tlog/bad-proof': 'Not a proof: {reason}.',
  'tlog/not-included': 'The proof does not lead from the entry to the root of the checkpoint.',
  'tlog/witness-refused': 'The witness {witness} refused with status {status}.',
  'tlog/witness-ahead': 'The witness {witness} has cosigned a larger tree, of {size} entries.',
  'tlog/too-few-witnesses': 'Too few witnesses of the policy cosigned: {reason}',
  'tlog/witness-forgot':
    'The store of {witness} is not the one that remembers what this key cosigned. With another store it could cosign a fork: make a new key.',
  'tlog/witness-rolled-back':
    'The store of {witness} ends at {have} entries of {origin}, and its key has cosigned {size}: it is older, from a backup perhaps, and could cosign a fork.',
  'tlog/bad-policy': 'Line {line} of the policy cannot be used: {reason}.',
  'tlog/weak-policy': 'With {dishonest} dishonest witnesses, two histories could both be accepted.',
})
