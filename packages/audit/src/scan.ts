/** Finding entries in a log whose leaves say nothing about whose they are. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { openRecord, type SubjectKey, type Tagger, taggerOf } from './body.js'
import { decodeLeaf, type Leaf, type SealedLeaf } from './entry.js'
import { readLeafHead } from './leaf-head.js'
import type { AuditRecord } from './record.js'

export interface FoundEntry {
  readonly seq: number
  /** When it was recorded, in milliseconds since 1970. */
  readonly at: number
  readonly record: AuditRecord
}

/** One entry, or why a leaf that bears the subject's tag, or none that could be read, gave none. */
export type SubjectResult = FoundEntry | { readonly seq: number; readonly error: ChartsealError }

type Leaves = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * The entries of one subject among the leaves from index `firstSeq` (0) on, in order: one HMAC for each leaf, one
 * opening for each of his. Leaves that bear another tag are passed over unread; of the others a bad one is reported
 * and does not hide the rest.
 */
export async function* scanSubject(
  key: SubjectKey,
  origin: string,
  leaves: Leaves,
  firstSeq = 0,
): AsyncGenerator<SubjectResult, void, undefined> {
  const tag = taggerOf(key)
  let seq = firstSeq
  for await (const bytes of leaves) {
    const result = attempt(seq, () => {
      const expected = tag(seq)
      const head = readLeafHead(bytes)
      if (head !== null && !equal(head.tag, expected)) return null
      const leaf = decodeLeaf(bytes, seq)
      return leaf.kind === 'sealed' ? entryOf(key, origin, leaf) : null
    })
    if (result !== null) yield result
    seq++
  }
}

function entryOf(key: SubjectKey, origin: string, leaf: SealedLeaf): FoundEntry {
  return { seq: leaf.seq, at: leaf.at, record: openRecord(key, origin, leaf) }
}

/** What a reader with many keys sees in one leaf. `sealed`: no key of his opens it, as after shredding. */
export type ScanResult =
  | (FoundEntry & { readonly kind: 'entry' })
  | { readonly kind: 'sealed'; readonly seq: number; readonly at: number }
  | { readonly kind: 'imported'; readonly seq: number; readonly at: number; readonly line: Uint8Array }
  | { readonly kind: 'bad'; readonly seq: number; readonly error: ChartsealError }

interface Candidate {
  readonly key: SubjectKey
  readonly tag: Tagger
}

/**
 * Every leaf with whichever of the keys opens it. A leaf names no key, so keys are tried, those that matched last
 * first: one HMAC where neighbours are about the same patients, as many as there are keys in the worst case and for
 * each leaf that none opens.
 */
export async function* scanAll(
  keys: Iterable<SubjectKey>,
  origin: string,
  leaves: Leaves,
  firstSeq = 0,
): AsyncGenerator<ScanResult, void, undefined> {
  const candidates = Array.from(keys, key => ({ key, tag: taggerOf(key) }))
  let seq = firstSeq
  for await (const bytes of leaves) {
    yield readWith(candidates, origin, bytes, seq)
    seq++
  }
}

function readWith(candidates: Candidate[], origin: string, bytes: Uint8Array, seq: number): ScanResult {
  const result = attempt<ScanResult>(seq, () => {
    const leaf: Leaf = decodeLeaf(bytes, seq)
    if (leaf.kind === 'imported') return leaf
    const key = takeKey(candidates, leaf)
    return key === null
      ? { kind: 'sealed', seq, at: leaf.at }
      : { kind: 'entry', ...entryOf(key, origin, leaf) }
  })
  return 'error' in result ? { kind: 'bad', seq, error: result.error } : result
}

/** The key whose tag the leaf bears, moved to the front. */
function takeKey(candidates: Candidate[], { seq, tag }: SealedLeaf): SubjectKey | null {
  const found = candidates.findIndex(candidate => equal(candidate.tag(seq), tag))
  const [candidate] = found < 0 ? [] : candidates.splice(found, 1)
  if (candidate === undefined) return null
  candidates.unshift(candidate)
  return candidate.key
}

/** What `run` gives; a refusal of the data is a result, not the end of the scan. */
function attempt<Result>(
  seq: number,
  run: () => Result,
): Result | { readonly seq: number; readonly error: ChartsealError } {
  try {
    return run()
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'key/wiped') return { seq, error }
    throw error
  }
}
