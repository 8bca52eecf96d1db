import { equal } from '@chartseal/core/bytes'
import { sealedSizeBytes } from '@chartseal/core/chunked'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import type { LeafCodec } from '@chartseal/tlog'
import { openBody, paddedSizeBytes, sealRecord } from './body.js'
import { decodeLeaf, encodeLeaf, type Leaf } from './entry.js'
import { readLeafHead, requestIdBytes, tagBytes } from './leaf-head.js'
import type { LoadedKey } from './loaded-keys.js'
import { type AuditRecord, checkRecord, maxAtMs } from './record.js'
import { encodeRecord } from './record-cbor.js'
import type { SubjectKeys } from './subject-keys.js'

/** What is to be appended. `id`: 16 bytes that are new for each request, and the same when it is repeated. */
export type EntryRequest =
  | { readonly id: Uint8Array; readonly record: AuditRecord }
  /** A line of a log that existed before. Its id is not stored: repeating it later appends it again. */
  | { readonly id: Uint8Array; readonly line: Uint8Array }

export interface EntryCodecOptions {
  /** The name of the log, as in its checkpoints. */
  readonly origin: string
  readonly keys: SubjectKeys
  readonly random?: Random
}

/** Makes and reads the leaves of a log of audit records; a patient's key is made with his first entry. */
export function entryCodec({
  origin,
  keys,
  random = systemRandom,
}: EntryCodecOptions): LeafCodec<EntryRequest> {
  return {
    idOf({ id }) {
      if (id.length !== requestIdBytes) throw new RangeError(`a request id has ${requestIdBytes} bytes`)
      return id
    },
    async encode(request, seq, at) {
      if ('line' in request) return encodeLeaf({ kind: 'imported', seq, at, line: request.line })
      const { id: requestId, record } = request
      checkRecord(record)
      const { key, tag } = await keys.load(record.patient, true)
      const body = sealRecord(key, record, { origin, seq, at, requestId }, random)
      return encodeLeaf({ kind: 'sealed', seq, at, requestId, tag: tag(seq), body })
    },
    idOfLeaf(bytes) {
      const leaf = decodeLeaf(bytes)
      return leaf.kind === 'sealed' ? leaf.requestId : null
    },
    atOfLeaf: bytes => readLeafHead(bytes)?.at ?? null,
    async holds(bytes, seq, request) {
      const leaf = decodeLeaf(bytes, seq)
      return 'line' in request ? holdsLine(leaf, request.line) : holdsRecord(keys, origin, leaf, request)
    },
  }
}

/**
 * Refuses what could not become an entry, before anything is made of it: a record that is none, or one that is too large.
 * @throws ChartsealError `audit/bad-record`, `audit/leaf-too-large`
 */
export function checkEntry(record: AuditRecord): void {
  const sizeBytes = paddedSizeBytes(encodeRecord(record).length)
  const place = { seq: Number.MAX_SAFE_INTEGER, at: maxAtMs }
  const marks = { requestId: new Uint8Array(requestIdBytes), tag: new Uint8Array(tagBytes) }
  encodeLeaf({ kind: 'sealed', ...place, ...marks, body: new Uint8Array(sealedSizeBytes(sizeBytes)) })
}

function holdsLine(leaf: Leaf, line: Uint8Array): boolean {
  return leaf.kind === 'imported' && equal(leaf.line, line)
}

/**
 * @throws ChartsealError `open/failed` for a leaf that bears this patient's tag and was changed; `audit/shredded`, as
 * nobody can tell any more
 */
async function holdsRecord(
  keys: SubjectKeys,
  origin: string,
  leaf: Leaf,
  { id, record }: { readonly id: Uint8Array; readonly record: AuditRecord },
): Promise<boolean> {
  if (leaf.kind !== 'sealed' || !equal(leaf.requestId, id)) return false
  const expected = encodeRecord(record)
  const loaded = await loadOrNull(keys, record.patient)
  if (loaded === null || !equal(loaded.tag(leaf.seq), leaf.tag)) return false
  return equal(openBody(loaded.key, origin, leaf), expected)
}

async function loadOrNull(keys: SubjectKeys, patient: string | null): Promise<LoadedKey | null> {
  try {
    return await keys.load(patient, false)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'audit/no-subject-key') return null
    throw error
  }
}
