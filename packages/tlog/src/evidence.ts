/**
 * Evidence that a log signed two histories, as a text that anybody can check who knows the log's key: two checkpoints
 * of one size with different roots, or a proof that the larger one began with other leaves than the smaller one says.
 * Byte table: docs/spec/tlog.md.
 */
import { equal } from '@chartseal/core/bytes'
import { encodeBase64 } from '@chartseal/core/encoding'
import { verifyConsistency } from '@chartseal/core/merkle'
import { type Checkpoint, parseCheckpoint } from './checkpoint.js'
import { maxNoteBytes, type NoteVerifier, openNote, parseNote } from './note.js'
import { badProof, maxHashLines, parseHashLine } from './proof.js'

const header = 'chartseal/fork-evidence/v2'

/** What the larger checkpoint began with instead: a root, and the consistency proof that leads from it (RFC 6962 2.1.2). */
export interface OtherBeginning {
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

export interface ForkEvidence {
  /** Signed notes, verbatim; the second one is not smaller. */
  readonly first: string
  readonly second: string
  /** Needed when the sizes differ. */
  readonly beginning?: OtherBeginning
}

/** Whether these notes, signatures aside, cannot both be true of one log. @throws ChartsealError `note/…`, `checkpoint/malformed` */
export function isFork({ first, second, beginning }: ForkEvidence): boolean {
  return contradict(
    parseCheckpoint(parseNote(first).text),
    parseCheckpoint(parseNote(second).text),
    beginning,
  )
}

/**
 * Whether the log with this key has signed two histories.
 * @throws ChartsealError `note/…` unless its key signed both, `checkpoint/malformed`
 */
export function verifyFork(evidence: ForkEvidence, log: NoteVerifier): boolean {
  const [first, second] = [openNote(evidence.first, [log]), openNote(evidence.second, [log])]
  return contradict(parseCheckpoint(first.text), parseCheckpoint(second.text), evidence.beginning)
}

/** Whether they cannot both be true of one log. */
export function contradict(one: Checkpoint, other: Checkpoint, beginning?: OtherBeginning): boolean {
  if (one.origin !== other.origin) return false
  if (one.size === other.size) return !equal(one.root, other.root)
  if (beginning === undefined || equal(beginning.root, one.root)) return false
  const { root: oldRoot, proof } = beginning
  return verifyConsistency({ older: one.size, newer: other.size, oldRoot, newRoot: other.root, proof })
}

/** Two signed histories that exclude each other, as one text for anybody to check. */
export function formatForkEvidence({ first, second, beginning }: ForkEvidence): string {
  const hashes = beginning === undefined ? [] : [beginning.root, ...beginning.proof].map(encodeBase64)
  // `^` of a regular expression would stand behind U+2028, too, which notes may hold.
  const quoted = [first, second].flatMap((note, i) =>
    note
      .replace(/\n$/, '')
      .split('\n')
      .map(line => `${i + 1} ${line}`),
  )
  return `${[header, ...hashes, '', ...quoted].join('\n')}\n`
}

/** @throws ChartsealError `tlog/bad-proof`, `note/…` */
export function parseForkEvidence(text: string): ForkEvidence {
  if (text.length > 3 * maxNoteBytes) throw badProof('it is too long')
  const border = text.indexOf('\n\n')
  const [first, ...lines] = text.slice(0, Math.max(border, 0)).split('\n')
  if (first !== header) throw badProof(`its first line is not ${header}`)
  if (lines.length > maxHashLines + 1) throw badProof('it has too many hashes')
  const [root, ...proof] = lines.map(parseHashLine)
  const beginning = root === undefined ? {} : { beginning: { root, proof } }
  const quoted = text.slice(border + 2)
  const evidence = { first: unquote(quoted, '1 '), second: unquote(quoted, '2 '), ...beginning }
  if (formatForkEvidence(evidence) !== text) throw badProof('it is not written as it should be')
  return evidence
}

function unquote(text: string, mark: string): string {
  const lines = text.split('\n').filter(line => line.startsWith(mark))
  const note = lines.map(line => `${line.slice(mark.length)}\n`).join('')
  parseNote(note)
  return note
}
