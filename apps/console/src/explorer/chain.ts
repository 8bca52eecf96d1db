/** The chain as it is shown: linked by hashes here, and compared with what was shown before. */
import { equal } from '@chartseal/core/bytes'
import type { ReadHeader } from '@chartseal/emr-ledger'
import { consoleError } from '../errors.js'

/** Headers that follow each other, from old to new; one at least. */
export type Chain = readonly ReadHeader[]

/** The clinic follows another branch than before, or went back. */
export interface Reorganised {
  readonly from: ReadHeader
  readonly to: ReadHeader
  /** How many blocks that were shown are in the chain no more. */
  readonly depth: number
  /** Whether there may be more of them, below what was shown. */
  readonly isDeeper: boolean
}

export interface Followed {
  readonly chain: Chain
  readonly reorganised: Reorganised | null
}

/** So many blocks are shown, and compared. */
export const shownBlocks = 60

/**
 * @param known `null` at first
 * @param got what the clinic says now, from at least one block below the tip that is known
 * @throws ChartsealError `console/bad-answer` for headers that do not follow each other
 */
export function followChain(known: Chain | null, got: readonly ReadHeader[], ledger: Uint8Array): Followed {
  requireLinked(got, ledger)
  const to = got.at(-1)
  const from = known?.at(-1)
  if (to === undefined) throw consoleError('console/bad-answer', { field: 'headers' })
  if (known === null || from === undefined) return { chain: shown(got), reorganised: null }
  const kept = known.filter(one => got.some(other => isSame(one, other)))
  const last = kept.at(-1)
  if (last === undefined) {
    const reorganised = { from, to, depth: known.length, isDeeper: known[0]?.height !== 0n }
    return { chain: shown(got), reorganised }
  }
  const depth = Number(from.height - last.height)
  const below = known.filter(({ height }) => height < (got[0]?.height ?? 0n))
  const chain = shown([...below, ...got])
  return { chain, reorganised: depth === 0 ? null : { from, to, depth, isDeeper: false } }
}

const isSame = (one: ReadHeader, other: ReadHeader): boolean =>
  one.height === other.height && equal(one.id, other.id)

const shown = (headers: readonly ReadHeader[]): Chain => headers.slice(-shownBlocks)

function requireLinked(headers: readonly ReadHeader[], ledger: Uint8Array): void {
  const isLinked = headers.every((header, i) => {
    const before = headers[i - 1]
    if (!equal(header.ledger, ledger)) return false
    return before === undefined || (header.height === before.height + 1n && equal(header.previous, before.id))
  })
  if (!isLinked) throw consoleError('console/bad-answer', { field: 'headers' })
}

/** Where to ask from, so that a block below the tip that is known is among what comes. */
export function askFrom(known: Chain | null, tip: number): number {
  const from = Math.min(Number(known?.at(-1)?.height ?? tip), tip) - shownBlocks + 1
  return Math.max(0, from)
}
