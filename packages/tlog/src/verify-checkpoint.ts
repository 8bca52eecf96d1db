import { encodeHex } from '@chartseal/core/encoding'
import { type Checkpoint, parseCheckpoint } from './checkpoint.js'
import { tlogError } from './errors.js'
import { isOf, type NoteSignature, type NoteVerifier, openNote } from './note.js'
import { isQuorum, type Policy } from './policy.js'

export interface Trust {
  /** Keys of the log; one of them must have signed. Its name is the log's origin. */
  readonly log: NoteVerifier | readonly NoteVerifier[]
  /** Witnesses; without it none is asked for. Its own logs are not looked at here. */
  readonly policy?: Policy
}

export interface VerifiedCheckpoint extends Checkpoint {
  /** The keys of the log that signed it, as `name+id`: whoever was given a key elsewhere compares its id. */
  readonly signedBy: readonly string[]
  /** Names, in the policy, of the witnesses whose cosignature is right. */
  readonly witnesses: readonly string[]
}

/**
 * The checkpoint that a log has signed, and witnesses have cosigned.
 * @throws ChartsealError `note/…` as `openNote` does, `checkpoint/malformed`, `checkpoint/other-origin`,
 * `checkpoint/quorum`
 */
export function verifyCheckpoint(note: string, { log, policy }: Trust): VerifiedCheckpoint {
  const logs = Array.isArray(log) ? log : [log]
  const opened = openNote(note, logs)
  const checkpoint = parseCheckpoint(opened.text)
  const expected = opened.verified[0]?.name ?? ''
  if (!opened.verified.some(({ name }) => name === checkpoint.origin)) {
    throw tlogError('checkpoint/other-origin', { expected, actual: checkpoint.origin })
  }
  const signedBy = opened.verified.map(({ name, keyId }) => `${name}+${encodeHex(keyId)}`)
  if (policy === undefined) return { ...checkpoint, signedBy, witnesses: [] }
  const witnesses = cosignersOf(note, opened.signatures, policy)
  if (!isQuorum(policy, new Set(witnesses))) {
    const reason = `${witnesses.length} of ${policy.witnesses.length} known ones`
    throw tlogError('checkpoint/quorum', { reason })
  }
  return { ...checkpoint, signedBy, witnesses }
}

function cosignersOf(
  note: string,
  signatures: readonly NoteSignature[],
  { witnesses }: Policy,
): readonly string[] {
  const present = witnesses.filter(({ verifier }) => signatures.some(one => isOf(verifier, one)))
  if (present.length === 0) return []
  openNote(
    note,
    present.map(({ verifier }) => verifier),
  )
  return present.map(({ name }) => name)
}
