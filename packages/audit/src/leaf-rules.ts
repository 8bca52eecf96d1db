/** What the leaves say of themselves, one after the other: their numbers, their times, imports. */

import { equal } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { emptyTree, extend, leafHash, type Tree, treeRoot } from '@chartseal/core/merkle'
import type { LeafPass, LeafReport, LeafRules } from '@chartseal/tlog'
import { entryFinding } from './errors.js'
import { decodeImportNotice, type ImportNotice } from './import.js'
import { type LeafHead, readLeafHead } from './leaf-head.js'

interface OpenImport extends ImportNotice {
  readonly index: number
  readonly tree: Tree
}

/** The rules of audit entries, for `verifyLog` of `@chartseal/tlog`. */
export const auditLeafRules: LeafRules = {
  seqOf: leaf => readLeafHead(leaf)?.seq ?? null,
  startPass: (engine, report) => new EntryPass(engine, report),
}

/** A clock that is corrected steps back by less: no reason to doubt a log. Writers of today keep the later time. */
const clockSlackMs = 5_000

class EntryPass implements LeafPass {
  readonly #engine: Engine
  readonly #report: LeafReport
  #latest: { readonly index: number; readonly atMs: number } | null = null
  #import: OpenImport | null = null

  constructor(engine: Engine, report: LeafReport) {
    this.#engine = engine
    this.#report = report
  }

  check(index: number, leaf: Uint8Array): boolean {
    const head = readLeafHead(leaf)
    if (head === null) {
      this.#report(index, entryFinding('audit/bad-entry', { index }))
      this.#endImport(index)
      return true
    }
    if (head.seq !== index) return false
    this.#checkClock(index, head.at)
    this.#checkImport(index, head)
    return true
  }

  close(): void {
    this.#endImport(Number.MAX_SAFE_INTEGER)
  }

  #checkClock(index: number, atMs: number): void {
    const beforeMs = this.#latest?.atMs ?? 0
    // A step back is told once, where it is; from there on the clock counts from the new time.
    if (this.#latest?.index === index - 1 && atMs < beforeMs) {
      const kind = beforeMs - atMs > clockSlackMs ? 'finding' : 'note'
      this.#report(index, entryFinding('audit/clock-backwards', { index, atMs, beforeMs }), kind)
    }
    this.#latest = { index, atMs }
  }

  /** Within an import every line is one of it; outside, a line can only be a notice. */
  #checkImport(index: number, { kind, content }: LeafHead): void {
    const open = this.#import
    if (kind === 'sealed') this.#endImport(index)
    else if (open !== null && open.tree.size < open.count && open.index + 1 + open.tree.size === index) {
      const hash = leafHash(content, this.#engine)
      this.#import = { ...open, tree: extend(open.tree, hash, this.#engine) }
    } else {
      this.#endImport(index)
      this.#openImport(index, content)
    }
  }

  #openImport(index: number, line: Uint8Array): void {
    try {
      this.#import = { ...decodeImportNotice(line), index, tree: emptyTree }
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      this.#report(index, entryFinding('audit/not-imported', { index }))
    }
  }

  #endImport(next: number): void {
    const open = this.#import
    if (open === null) return
    this.#import = null
    const { index, tree, count, root } = open
    const broken = (reason: string): void =>
      this.#report(Math.min(next, index + tree.size), entryFinding('audit/import-broken', { index, reason }))
    if (tree.size !== count) broken(`it names ${count} lines and ${tree.size} follow`)
    else if (!equal(treeRoot(tree, this.#engine), root)) broken('other lines follow than it names')
  }
}
