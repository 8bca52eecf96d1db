/** The tree of a log in a folder, made again from its leaves. */
import { encodeHex } from '@chartseal/core/encoding'
import { emptyTree, extend, leafHash, type Tree, treeRoot } from '@chartseal/core/merkle'
import { bundlePath, decodeBundle, type OpenStorage, tileWidth } from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { notedHeight } from '../ledger/noted.js'

export interface LogTree {
  readonly size: number
  /** The height of the prescription ledger that it names. */
  readonly ledgerHeight: number
  /** The root over the first so many leaves, in hexadecimal; `null` for a size that was not asked for or is too large. */
  rootAt(size: number): string | null
}

/**
 * Reads every leaf of a log that nobody writes. The end of an interrupted write is cut off it.
 * @throws ChartsealError `log/damaged`, `log/locked`, `files/…`, `tlog/bad-bundle`
 */
export async function readLogTree(folder: string, sizes: readonly number[]): Promise<LogTree> {
  const storage = await fileStorage(folder).open()
  try {
    const roots = new Map<number, string>()
    let tree: Tree = emptyTree
    let ledgerHeight = 0
    const note = (): void => {
      if (sizes.includes(tree.size)) roots.set(tree.size, encodeHex(treeRoot(tree)))
    }
    note()
    for await (const leaf of leavesOf(storage)) {
      tree = extend(tree, leafHash(leaf))
      ledgerHeight = Math.max(ledgerHeight, notedHeight(leaf))
      note()
    }
    return { size: tree.size, ledgerHeight, rootAt: size => roots.get(size) ?? null }
  } finally {
    await storage.close()
  }
}

/** The leaves in their order: full bundles as far as the journal does not go back, then the journal. */
export async function* leavesOf(storage: OpenStorage): AsyncGenerator<Uint8Array> {
  const { journalFrom } = storage
  for (let index = 0; (index + 1) * tileWidth <= journalFrom; index += 1) {
    const bundle = await storage.read(bundlePath(index, tileWidth))
    if (bundle === null) return
    yield* decodeBundle(bundle)
  }
  let next = journalFrom
  for await (const { first, entries } of storage.batches()) {
    if (first > next) return
    for (const leaf of framedLeaves(entries).slice(next - first)) {
      yield leaf
      next += 1
    }
  }
}

/** Each behind its length as u16. */
function framedLeaves(entries: Uint8Array): readonly Uint8Array[] {
  const leaves: Uint8Array[] = []
  for (let at = 0; at + 2 <= entries.length; ) {
    const size = (entries[at] ?? 0) * 256 + (entries[at + 1] ?? 0)
    leaves.push(entries.subarray(at + 2, at + 2 + size))
    at += 2 + size
  }
  return leaves
}
