/**
 * A witness, C2SP tlog-witness: it cosigns a checkpoint only when it is consistent with all that it cosigned before.
 * HTTP itself belongs to apps: requests come as texts, answers leave as status and text.
 */
import { equal } from '@chartseal/core/bytes'
import { decodeUtf8, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { treeRoot, verifyConsistency } from '@chartseal/core/merkle'
import { sha256 } from '@noble/hashes/sha2.js'
import { type AddCheckpoint, parseAddCheckpoint } from './add-checkpoint.js'
import { type Checkpoint, parseCheckpoint } from './checkpoint.js'
import { tlogError } from './errors.js'
import { contradict, type ForkEvidence, isFork } from './evidence.js'
import { parseCosignatureKey } from './keys.js'
import {
  formatNote,
  formatSignatureLine,
  isOf,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  openNote,
  parseNote,
} from './note.js'

/** Where a witness keeps its latest checkpoint of each log; what `put` resolved is durable. */
export interface WitnessStore {
  get(key: string): Promise<Uint8Array | null>
  put(key: string, value: Uint8Array): Promise<void>
}

export interface WitnessOptions {
  /** `cosigner` makes one. Nobody else may cosign with this key: the store remembers for it. */
  readonly signer: NoteSigner
  /** Keys of the logs that are known; the name of a key is the origin of its log. */
  readonly logs: readonly NoteVerifier[]
  readonly store: WitnessStore
  /** Told of a log that signed what cannot both be true; the answer waits until it has kept the evidence. */
  readonly onFork?: (evidence: ForkEvidence) => Promise<void> | void
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly contentType: string
  readonly body: string
}

export interface Witness {
  /** Answers the body of `POST <prefix>/add-checkpoint`. Rejects only when the store fails; nothing is signed then. */
  addCheckpoint(body: string): Promise<WitnessAnswer>
  /** Answers `GET <prefix>/<origin hash>/checkpoint`: the latest checkpoint that was cosigned. */
  latest(originHash: string): Promise<WitnessAnswer>
  /**
   * Remembers a checkpoint that this witness cosigned and that came back from the log or from another reader, if it is
   * larger than what the store has: so a store that was restored from a backup catches up. Whether it was taken.
   * @throws ChartsealError `note/…`, `checkpoint/…` for anything that this key did not cosign
   */
  adopt(note: string): Promise<boolean>
}

const text = 'text/plain; charset=utf-8'

/** SHA-256 of the origin in lower-case hexadecimal, as the monitoring path has it. */
export function originHash(origin: string): string {
  return encodeHex(sha256(encodeUtf8(origin)))
}

/** A witness over a store that nobody checks: `openWitness` does. */
export function createWitness(options: WitnessOptions): Witness {
  const queue = new Map<string, Promise<unknown>>()
  // Checking and keeping are one step for each log: the next request waits for the one before it.
  const inTurn = async <Result>(origin: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = (queue.get(origin) ?? Promise.resolve()).then(work, work)
    queue.set(origin, turn)
    return turn.finally(() => {
      if (queue.get(origin) === turn) queue.delete(origin)
    })
  }
  return {
    addCheckpoint: async body => {
      const request = readRequest(body)
      if (request === null) return refuse(400)
      const { origin } = request.checkpoint
      const keys = options.logs.filter(({ name }) => name === origin)
      if (keys.length === 0) return refuse(404)
      const signatures = logSignatures(request.note, keys)
      if (signatures === null) return refuse(403)
      return inTurn(origin, () => judge(options, { ...request, signatures }))
    },
    adopt: async note => {
      const { text: body } = openNote(note, [parseCosignatureKey(options.signer.verifierKey)])
      const { origin } = parseCheckpoint(body)
      const keys = options.logs.filter(({ name }) => name === origin)
      const signatures = logSignatures(note, keys)
      if (signatures === null) throw tlogError('note/unsigned', {})
      return inTurn(origin, () => adopt(options, note))
    },
    latest: async hash => {
      const kept = /^[0-9a-f]{64}$/.test(hash) ? await options.store.get(hash) : null
      return kept === null ? refuse(404) : { status: 200, contentType: text, body: decodeUtf8(kept) }
    },
  }
}

/** A checkpoint that is shown to whoever remembers another one. */
export interface ShownCheckpoint {
  readonly oldSize: number
  readonly proof: AddCheckpoint['proof']
  readonly note: string
  /** What the note says, signatures aside, as it stands there and as it is read. */
  readonly text: string
  readonly checkpoint: Checkpoint
}

/** `null` for anything else. */
export function readRequest(body: string): ShownCheckpoint | null {
  try {
    const { oldSize, proof, checkpoint: note } = parseAddCheckpoint(body)
    const { text } = parseNote(note)
    return { oldSize, proof, note, text, checkpoint: parseCheckpoint(text) }
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

/** The right signatures of the log's own keys; `null` when there is none, or a wrong one among them. */
export function logSignatures(note: string, keys: readonly NoteVerifier[]): readonly NoteSignature[] | null {
  try {
    const { signatures, verified } = openNote(note, keys)
    return signatures.filter(signature => verified.some(key => isOf(key, signature)))
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

interface Signed extends ShownCheckpoint {
  readonly signatures: readonly NoteSignature[]
}

async function judge({ signer, store, onFork }: WitnessOptions, request: Signed): Promise<WitnessAnswer> {
  const { oldSize, text: body, checkpoint, signatures } = request
  const key = originHash(checkpoint.origin)
  const kept = await store.get(key)
  const keptNote = kept === null ? null : decodeUtf8(kept)
  const latest = keptNote === null ? null : parseCheckpoint(parseNote(keptNote).text)
  if (keptNote !== null && latest !== null && contradict(latest, checkpoint))
    await onFork?.({ first: keptNote, second: request.note })
  if (oldSize > checkpoint.size) return refuse(400)
  if (oldSize !== (latest?.size ?? 0)) {
    return { status: 409, contentType: 'text/x.tlog.size', body: `${latest?.size ?? 0}\n` }
  }
  if (!isConsistent(latest, request)) return refuse(422)
  const cosignature = { name: signer.name, keyId: signer.keyId, signature: signer.sign(encodeUtf8(body)) }
  await store.put(key, encodeUtf8(formatNote(body, [...signatures, cosignature])))
  return { status: 200, contentType: text, body: formatSignatureLine(cosignature) }
}

async function adopt({ store, onFork }: WitnessOptions, note: string): Promise<boolean> {
  const { origin, size } = parseCheckpoint(parseNote(note).text)
  const key = originHash(origin)
  const kept = await store.get(key)
  const evidence = { first: kept === null ? note : decodeUtf8(kept), second: note }
  if (isFork(evidence)) await onFork?.(evidence)
  if (kept !== null && parseCheckpoint(parseNote(decodeUtf8(kept)).text).size >= size) return false
  await store.put(key, encodeUtf8(note))
  return true
}

/** Whether it continues what was cosigned or signed before: anything, where that is nothing. */
export function isConsistent(
  latest: Checkpoint | null,
  { proof, checkpoint }: Pick<ShownCheckpoint, 'proof' | 'checkpoint'>,
): boolean {
  const { size, root } = checkpoint
  if (size === 0 && !equal(root, treeRoot([]))) return false
  if (latest === null || latest.size === 0) return proof.length === 0
  const claim = { older: latest.size, newer: size, oldRoot: latest.root, newRoot: root, proof }
  return verifyConsistency(claim)
}

const reasons = {
  400: 'the request is malformed',
  403: 'no signature of a known key of this log',
  404: 'this log is not known here',
  422: 'the checkpoint is not consistent with the one before',
} as const

function refuse(status: keyof typeof reasons): WitnessAnswer {
  return { status, contentType: text, body: `${reasons[status]}\n` }
}
