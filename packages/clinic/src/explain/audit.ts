/** What an audit log is made of and hands out. */

import { decodeLeaf, type Leaf } from '@chartseal/audit'
import { openEntry } from '@chartseal/audit/v1'
import { decodeBase64 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { leafHash, verifyInclusion } from '@chartseal/core/merkle'
import {
  type ForkEvidence,
  isFork,
  type LogProof,
  type Note,
  parseCheckpoint,
  parseForkEvidence,
  parseNote,
  parseProof,
  tlogError,
} from '@chartseal/tlog'
import { type Detector, explained, type Finding, type Refusal, type Told } from './detector.js'

const sealBytes = 28
/** Far above what an actor, an action and a patient take. */
const maxLength = 2 ** 20

/** One record of the audit log, version 1. Without the key it looks like any other base64. */
export const auditEntry: Detector = ({ text }): Finding | null => {
  if (text === null || text.length > maxLength || !/^[A-Za-z0-9+/]{38,}={0,2}$/.test(text)) return null
  const kind = 'base64, maybe an entry of an audit log, version 1'
  const refusal = refusalOf(text)
  if (refusal !== null) return { kind, unsure: true, facts: {}, refusal }
  const notes = ['Nothing in it says which log it belongs to, or at which place.']
  const facts = { entry_bytes: decodeBase64(text).length - sealBytes }
  return { kind, unsure: true, facts, refusal: null, notes }
}

/** Opening it with no key in particular: whatever is refused before the key is used can be seen without one. */
function refusalOf(text: string): Refusal | null {
  using key = new AeadKey(new Uint8Array(AeadKey.sizeBytes))
  try {
    openEntry(key, text)
    return null
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return error.code === 'open/failed' ? null : { stage: 'base64', code: error.code, reason: error.message }
  }
}

const leafNotes = ['Whose it is, and what it says, takes the key of the patient.']

/** One entry of an audit log of version 2. */
export const auditLeaf: Detector = ({ bytes, cbor }) => {
  if (cbor === null || !cbor.has('seq') || !(cbor.has('tag') || cbor.has('line'))) return null
  return explained(
    { kind: 'entry of an audit log, version 2', notes: leafNotes },
    ['fields', () => decodeLeaf(bytes)],
    tellLeaf,
  )
}

function tellLeaf(leaf: Leaf): Told {
  const common = { entry: leaf.seq, recorded_at: new Date(leaf.at).toISOString() }
  if (leaf.kind === 'imported') return { facts: { ...common, imported_bytes: leaf.line.length } }
  return { facts: { ...common, request_id: leaf.requestId, sealed_bytes: leaf.body.length } }
}

const checkpointNotes = ['Who signed it is a claim until it is verified with a key: chartseal audit verify.']

/** A signed checkpoint of a transparency log, or another signed note. */
export const auditCheckpoint: Detector = ({ text }) => {
  if (text === null || !/\n\n\u2014 /.test(text) || !/^[^\n]+\n\d+\n/.test(text)) return null
  return explained(
    { kind: 'checkpoint of a transparency log', notes: checkpointNotes },
    ['note', () => parseNote(`${text}\n`)],
    tellCheckpoint,
  )
}

function tellCheckpoint({ text, signatures }: Note): Told {
  const { origin, size, root } = parseCheckpoint(text)
  return { facts: { origin, entries: size, root, signed_by: signatures.map(({ name }) => name).join(', ') } }
}

const receiptNotes = ['Whether the log signed it takes its key: chartseal audit receipt check.']

/** A C2SP tlog-proof, with or without the entry that it proves. */
export const auditReceipt: Detector = ({ text }) => {
  if (text === null || !text.startsWith('c2sp.org/tlog-proof@v')) return null
  return explained(
    { kind: 'receipt of a transparency log', notes: receiptNotes },
    ['fields', () => parseProof(`${text}\n`)],
    tellReceipt,
  )
}

function tellReceipt({ extra, index, hashes, checkpoint }: LogProof): Told {
  const { origin, size, root } = parseCheckpoint(parseNote(checkpoint).text)
  const facts = { origin, entry: index, entries: size, entry_bytes: extra?.length ?? 0 }
  const proven = (): void => {
    if (extra === undefined) return
    const claim = { leaf: leafHash(extra), index, size, proof: hashes, root }
    if (!verifyInclusion(claim)) throw tlogError('tlog/not-included', {})
  }
  return { facts, stages: [['proof', proven]] }
}

const forkNotes = ['It accuses the log only if its key signed both: that takes the key.']

/** What a witness keeps of a log that signed two histories. */
export const forkEvidence: Detector = ({ text }) => {
  if (text === null || !text.startsWith('chartseal/fork-evidence/')) return null
  const read = (): ForkEvidence => parseForkEvidence(`${text}\n`)
  return explained({ kind: 'evidence of a fork, version 2', notes: forkNotes }, ['fields', read], tellFork)
}

function tellFork(evidence: ForkEvidence): Told {
  const [first, second] = [evidence.first, evidence.second].map(note => parseCheckpoint(parseNote(note).text))
  const facts = { origin: first?.origin ?? '', size: first?.size ?? 0, other_size: second?.size ?? 0 }
  const contradict = (): void => {
    if (!isFork(evidence)) throw tlogError('tlog/bad-proof', { reason: 'both can be true of one log' })
  }
  return { facts, stages: [['contradiction', contradict]] }
}

const magic = '\x89CSLOG\r\n'
const headBytes = 56
const kindAt = 16
const kindEnd = 32

/** An append-only log; docs/spec/append-log.md has the bytes. `audit list` and `ledger verify` read it. */
export const logFile: Detector = ({ head, bytes }): Finding | null => {
  if (!head.startsWith(magic)) return null
  const kind = 'append-only log'
  const notes = [
    'Its records are checked by the command that reads them, such as `audit list` or `ledger verify`.',
  ]
  if (bytes.length < headBytes) {
    const refusal = { stage: 'head', code: 'files/not-a-log', reason: 'The file ends inside its head.' }
    return { kind, facts: {}, refusal }
  }
  const records = head.slice(kindAt, kindEnd).replace(/\0+$/, '')
  return { kind, facts: { records, size_bytes: bytes.length }, refusal: null, notes }
}
