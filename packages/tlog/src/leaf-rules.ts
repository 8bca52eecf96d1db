/** What a verifier asks of leaves, which are opaque to it. */
import type { Engine } from '@chartseal/core/engine'
import type { Finding } from './verify-errors.js'

/** The rules of one kind of leaf. Everything here sees leaves that may be hostile, and must not throw for one. */
export interface LeafRules {
  /** The index that the leaf itself carries; `null` when it carries none, and for anything that is not such a leaf. */
  seqOf(leaf: Uint8Array): number | null
  /** Begins one pass over a log; `report` takes what is wrong at the leaf `index`, or what a healthy log may show. */
  startPass(engine: Engine, report: LeafReport): LeafPass
}

export type LeafReport = (index: number, finding: Finding, kind?: 'finding' | 'note') => void

/** One pass over the leaves of a log, in order; leaves that cannot be read are left out. */
export interface LeafPass {
  /** Checks the leaf at this index. `false`: it carries another index, and nothing else was checked. */
  check(index: number, leaf: Uint8Array): boolean
  /** After the last leaf. */
  close(): void
}

/** Leaves of which nothing is known: only the tree says where they belong. */
export const opaqueLeaves: LeafRules = {
  seqOf: () => null,
  startPass: () => ({ check: () => true, close: () => undefined }),
}
