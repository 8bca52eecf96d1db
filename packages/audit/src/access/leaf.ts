/** The leaves of a clinic's own log: deterministic CBOR, version 3. Table: docs/spec/clinic-api.md. */
import { equal } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { LeafCodec, LeafRules } from '@chartseal/tlog'
import { entryError, entryFinding } from '../errors.js'

const version = 3
const idBytes = 16
const sumBytes = 32
export const maxSealedBytes = 60_000
const maxStatementBytes = 4_096

/** What is in a leaf beside its place. */
export type ClinicContent =
  /** The commitment of something that the server did. */
  | { readonly sum: Uint8Array }
  /** As a client sealed it. */
  | { readonly body: Uint8Array }
  /** What the server says to everybody. */
  | { readonly text: string }

/** What is to be appended. `id`: 16 bytes that are new for each request, and the same when it is repeated. */
export type ClinicRequest = ClinicContent & { readonly id: Uint8Array }

export type ClinicLeaf = ClinicRequest & {
  readonly seq: number
  /** Milliseconds since 1970, by the clock of the log. */
  readonly atMs: number
}

/** @throws ChartsealError `audit/bad-leaf`, for another place than `seq`, too */
export function decodeClinicLeaf(bytes: Uint8Array, seq?: number): ClinicLeaf {
  try {
    const leaf = leafOf(decodeCbor(bytes))
    if (seq === undefined || leaf.seq === seq) return leaf
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw entryError('audit/bad-leaf', { reason: 'encoding' })
  }
  throw entryError('audit/bad-leaf', { reason: 'sequence' })
}

function leafOf(value: CborValue): ClinicLeaf {
  const kind = (['sum', 'body', 'text'] as const).find(name => fieldOf(value, name) !== undefined) ?? 'sum'
  const map = new CborFields(value, ['v', 'at', 'id', 'seq', kind])
  map.count('v', version, version)
  const place = { id: map.bytes('id', idBytes), seq: map.count('seq'), atMs: map.count('at') }
  if (kind === 'sum') return { ...place, sum: map.bytes('sum', sumBytes) }
  if (kind === 'body') return { ...place, body: map.bytesWithin('body', 1, maxSealedBytes) }
  return { ...place, text: map.text('text', maxStatementBytes) }
}

function contentOf(request: ClinicContent): { readonly [name: string]: CborValue } {
  if ('sum' in request) return { sum: request.sum }
  return 'body' in request ? { body: request.body } : { text: request.text }
}

function encodeLeaf(request: ClinicRequest, seq: number, atMs: number): Uint8Array {
  const bytes = encodeCbor({ v: version, at: atMs, id: request.id, seq, ...contentOf(request) })
  // What a writer takes, a reader opens.
  decodeClinicLeaf(bytes, seq)
  return bytes
}

/** Makes and reads the leaves of a clinic's log. */
export const clinicLeafCodec: LeafCodec<ClinicRequest> = {
  idOf({ id }) {
    if (id.length !== idBytes) throw new RangeError(`a request id has ${idBytes} bytes`)
    return id
  },
  encode: async (request, seq, atMs) => encodeLeaf(request, seq, atMs),
  idOfLeaf: leaf => decodeClinicLeaf(leaf).id,
  atOfLeaf: leaf => decodeClinicLeaf(leaf).atMs,
  async holds(leaf, seq, request) {
    return equal(leaf, encodeLeaf(request, seq, decodeClinicLeaf(leaf, seq).atMs))
  },
}

function leafOrNull(leaf: Uint8Array): ClinicLeaf | null {
  try {
    return decodeClinicLeaf(leaf)
  } catch {
    return null
  }
}

/** The rules of a clinic's log, for `verifyLog` of `@chartseal/tlog`: each leaf of the three kinds, times never back. */
export const clinicLeafRules: LeafRules = {
  seqOf: leaf => leafOrNull(leaf)?.seq ?? null,
  startPass(_engine, report) {
    let latestMs = 0
    return {
      check(index, bytes) {
        const leaf = leafOrNull(bytes)
        if (leaf === null) {
          report(index, entryFinding('audit/bad-entry', { index }))
          return true
        }
        if (leaf.seq !== index) return false
        const { atMs } = leaf
        if (atMs < latestMs)
          report(index, entryFinding('audit/clock-backwards', { index, atMs, beforeMs: latestMs }))
        latestMs = atMs
        return true
      },
      close: () => undefined,
    }
  },
}
