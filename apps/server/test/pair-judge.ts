/** What an independent reader finds in the log, the database and the checkpoints of a clinic that two servers had in turn. */
import { accessCommitment, decodeAccessEntry, decodeClinicLeaf } from '@chartseal/audit/access'
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { emptyTree, extend, leafHash, treeRoot } from '@chartseal/core/merkle'

/** A checkpoint that somebody saw; the root in hexadecimal. */
export interface SeenCheckpoint {
  readonly size: number
  readonly root: string
  readonly by: string
}

export interface Evidence {
  readonly leaves: readonly Uint8Array[]
  readonly checkpoints: readonly SeenCheckpoint[]
  readonly openings: readonly {
    readonly leafIndex: number
    readonly salt: Uint8Array | null
    readonly entry: Uint8Array
  }[]
  /** Where the database says that the log was confirmed to, and by which writer. */
  readonly end: { readonly size: number; readonly root: string; readonly writer: number }
  /** Of requests that were answered: `act id`, each with an entry. */
  readonly acts: readonly string[]
}

/** What does not hold; empty where all does. */
export function findingsOf(evidence: Evidence): readonly string[] {
  return [
    ...historyFindings(evidence),
    ...writerFindings(evidence),
    ...openingFindings(evidence),
    ...actFindings(evidence),
  ]
}

/** Every checkpoint that anybody saw is of a beginning of this one history. */
function historyFindings({ leaves, checkpoints, end }: Evidence): readonly string[] {
  const wanted = new Set([...checkpoints, end].map(({ size }) => size))
  const roots = new Map<number, string>()
  let tree = emptyTree
  for (const leaf of [null, ...leaves]) {
    if (leaf !== null) tree = extend(tree, leafHash(leaf))
    if (wanted.has(tree.size)) roots.set(tree.size, encodeHex(treeRoot(tree)))
  }
  return [...checkpoints, { ...end, by: 'the database' }]
    .filter(({ size, root }) => roots.get(size) !== root)
    .map(({ size, by }) => `the log is not the one that ${by} has seen at ${size}`)
}

const isWriter = 'log-writer'

/** Numbers of the writers in the order of the log. */
export function writersIn(leaves: readonly Uint8Array[]): readonly number[] {
  return leaves.flatMap(leaf => {
    const content = decodeClinicLeaf(leaf)
    if (!('text' in content) || !content.text.includes(isWriter)) return []
    return [JsonObject.parse(content.text).count('number')]
  })
}

function writerFindings({ leaves, end }: Evidence): readonly string[] {
  const numbers = writersIn(leaves)
  const back = numbers.filter((number, i) => number <= (numbers[i - 1] ?? 0))
  const found = back.map(number => `writer ${number} wrote behind a later one`)
  return numbers.at(-1) === end.writer
    ? found
    : [...found, `the last writer is ${numbers.at(-1)}, not ${end.writer}`]
}

/** What opens an entry opens the leaf in its place, and no leaf twice. */
function openingFindings({ leaves, openings }: Evidence): readonly string[] {
  const seen = new Set<number>()
  return openings.flatMap(({ leafIndex, salt, entry }) => {
    if (seen.has(leafIndex)) return [`leaf ${leafIndex} has two openings`]
    seen.add(leafIndex)
    const leaf = leaves[leafIndex]
    if (leaf === undefined) return [`leaf ${leafIndex} is not there`]
    const content = decodeClinicLeaf(leaf)
    const isRight =
      'sum' in content
        ? salt !== null && equal(accessCommitment(salt, entry), content.sum)
        : 'body' in content && equal(content.body, entry)
    return isRight ? [] : [`leaf ${leafIndex} is of something else`]
  })
}

/** Whatever was answered has an entry that says so. */
function actFindings({ openings, acts }: Evidence): readonly string[] {
  const there = new Set<string>()
  for (const { salt, entry } of openings) {
    if (salt === null) continue
    const { act, ids } = decodeAccessEntry(entry)
    for (const id of ids) there.add(`${act} ${id}`)
  }
  return acts.filter(act => !there.has(act)).map(act => `no entry says: ${act}`)
}
