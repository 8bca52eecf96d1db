/** Proofs that an entry is in a log, C2SP tlog-proof v1: one text that can be checked offline. */
import { decodeBase64, encodeBase64 } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { leafHash, verifyInclusion } from '@chartseal/core/merkle'
import { parseDecimal } from './checkpoint.js'
import { tlogError } from './errors.js'
import { maxNoteBytes, parseNote } from './note.js'
import { hashBytes } from './tiles.js'
import { type Trust, type VerifiedCheckpoint, verifyCheckpoint } from './verify-checkpoint.js'

const header = 'c2sp.org/tlog-proof@v1'
const maxExtraLength = 1 << 18

export interface LogProof {
  /** Opaque and not authenticated; here the bytes of the entry. */
  readonly extra?: Uint8Array
  /** The index of the entry, from 0. */
  readonly index: number
  /** Hashes of 32 bytes, from the sibling of the leaf upwards (RFC 6962 2.1.1). */
  readonly hashes: readonly Uint8Array[]
  /** The signed note, verbatim. */
  readonly checkpoint: string
}

/** @throws ChartsealError `tlog/bad-proof`, `note/…` for a checkpoint that is no note */
export function formatProof({ extra, index, hashes, checkpoint }: LogProof): string {
  const extraLine = extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]
  const lines = [header, ...extraLine, `index ${index}`, ...hashes.map(encodeBase64), '']
  const text = `${lines.join('\n')}\n${checkpoint}`
  parseProof(text)
  return text
}

/** Reads a proof; `formatProof` gives the text back. @throws ChartsealError `tlog/bad-proof`, `note/…` */
export function parseProof(text: string): LogProof {
  if (text.length > maxNoteBytes + maxExtraLength) throw badProof('it is too long')
  const border = text.indexOf('\n\n')
  if (border < 0) throw badProof('there is no checkpoint')
  const [first, ...lines] = text.slice(0, border).split('\n')
  if (first !== header) throw badProof(`its first line is not ${header}`)
  const extra = lines[0]?.startsWith('extra ')
    ? decode((lines.shift() ?? '').slice('extra '.length))
    : undefined
  const index = parseIndex(lines.shift() ?? '')
  if (lines.length > maxHashLines) throw badProof('it has too many hashes')
  const hashes = lines.map(parseHashLine)
  const checkpoint = text.slice(border + 2)
  parseNote(checkpoint)
  return { ...(extra === undefined ? {} : { extra }), index, hashes, checkpoint }
}

/**
 * Whether `leaf` is in the log at the index that the proof says; the checkpoint that proves it.
 * @throws ChartsealError `tlog/not-included`, and as `verifyCheckpoint` does
 */
export function verifyProof(
  proof: LogProof,
  leaf: Uint8Array,
  trust: Trust,
  engine?: Engine,
): VerifiedCheckpoint {
  const checkpoint = verifyCheckpoint(proof.checkpoint, trust)
  const { index, hashes } = proof
  const claim = {
    leaf: leafHash(leaf, engine),
    index,
    size: checkpoint.size,
    proof: hashes,
    root: checkpoint.root,
  }
  if (!verifyInclusion(claim, engine)) throw tlogError('tlog/not-included', {})
  return checkpoint
}

function parseIndex(line: string): number {
  const index = line.startsWith('index ') ? parseDecimal(line.slice('index '.length)) : null
  if (index === null) throw badProof('it has no index')
  return index
}

function decode(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch {
    throw badProof('a line is not canonical base64')
  }
}

/** A tree of 2^63 leaves needs no more. */
export const maxHashLines = 63

/** 32 bytes from their base64. @throws ChartsealError `tlog/bad-proof` */
export function parseHashLine(line: string): Uint8Array {
  try {
    const hash = decodeBase64(line)
    if (hash.length === hashBytes) return hash
  } catch {
    // One answer for both.
  }
  throw badProof('a line is not the base64 of 32 bytes')
}

export function badProof(reason: string): Error {
  return tlogError('tlog/bad-proof', { reason })
}
