/** The body of a witness request, C2SP tlog-witness "add-checkpoint". */
import { encodeBase64 } from '@chartseal/core/encoding'
import { parseDecimal } from './checkpoint.js'
import { tlogError } from './errors.js'
import { maxNoteBytes, parseNote } from './note.js'
import { badProof, maxHashLines, parseHashLine } from './proof.js'

export interface AddCheckpoint {
  /** The size of the checkpoint that the witness cosigned last; 0 when it has none. */
  readonly oldSize: number
  /** Consistency proof from that size (RFC 6962 2.1.2), hashes of 32 bytes. */
  readonly proof: readonly Uint8Array[]
  /** The signed note, verbatim. */
  readonly checkpoint: string
}

/** @throws ChartsealError `tlog/bad-proof`, `note/…` */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  const text = `${[`old ${oldSize}`, ...proof.map(encodeBase64), ''].join('\n')}\n${checkpoint}`
  parseAddCheckpoint(text)
  return text
}

/** @throws ChartsealError `tlog/bad-proof`, `note/too-large`, `note/malformed` */
export function parseAddCheckpoint(text: string): AddCheckpoint {
  if (text.length > maxNoteBytes) throw tlogError('note/too-large', { limit: maxNoteBytes })
  const border = text.indexOf('\n\n')
  if (border < 0) throw badProof('there is no empty line')
  const [first = '', ...lines] = text.slice(0, border).split('\n')
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : null
  if (oldSize === null) throw badProof('it does not start with an old size')
  if (lines.length > maxHashLines) throw badProof('it has more than 63 hashes')
  const checkpoint = text.slice(border + 2)
  parseNote(checkpoint)
  return { oldSize, proof: lines.map(parseHashLine), checkpoint }
}
