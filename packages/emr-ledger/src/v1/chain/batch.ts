/** Many entries of a chain at once: their transaction ids in one batch of hashes, their block ids in another. */

import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { type Block, blockIdPreimage, headerOf, maxRecords } from '../block.js'
import { type LedgerRecord, txidPreimage } from '../record.js'
import { decodeUnnamed, type UnnamedBlock } from './codec.js'

/** A block whose records have their txids, and the id that its header gives. */
export interface HashedBlock {
  readonly block: Block
  /** `null` where the block is refused before its id is looked at. */
  readonly computedId: Uint8Array | null
}

/** What an entry holds, or what it was refused with: that counts only once the entries before it are verified. */
export type ReadEntry = HashedBlock | ChartsealError

/** In the order of the entries. */
export function readEntries(entries: readonly Uint8Array[], engine: Engine): ReadEntry[] {
  const decoded = entries.map(entry => orRefusal(() => withPreimages(decodeUnnamed(entry))))
  const preimages = decoded.flatMap(one => (one instanceof ChartsealError ? [] : one.preimages))
  const txids = engine.sha256Many(preimages).values()
  const blocks = decoded.map(one => (one instanceof ChartsealError ? one : named(one.block, txids)))
  return withIds(blocks, engine)
}

interface Unhashed {
  readonly block: UnnamedBlock
  readonly preimages: readonly Uint8Array[]
}

function withPreimages(block: UnnamedBlock): Unhashed {
  return { block, preimages: block.records.map(txidPreimage) }
}

function orRefusal<Result>(attempt: () => Result): Result | ChartsealError {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof ChartsealError) return error
    throw error
  }
}

function named(block: UnnamedBlock, txids: Iterator<Uint8Array>): Block {
  const records = block.records.map((record): LedgerRecord => ({ ...record, txid: next(txids) }))
  return { ...block, records }
}

function next(digests: Iterator<Uint8Array>): Uint8Array {
  const { value } = digests.next()
  if (!(value instanceof Uint8Array)) throw new Error('internal: a digest is missing')
  return value
}

function withIds(blocks: readonly (Block | ChartsealError)[], engine: Engine): ReadEntry[] {
  const preimages = blocks.map(idPreimage)
  const ids = engine.sha256Many(preimages.filter(preimage => preimage !== null)).values()
  return blocks.map((block, i) => {
    if (block instanceof ChartsealError) return block
    return { block, computedId: preimages[i] === null ? null : next(ids) }
  })
}

/** Nothing for a block that is too long, or has a number that the header cannot hold: its checks say so. */
function idPreimage(block: Block | ChartsealError): Uint8Array | null {
  if (block instanceof ChartsealError || block.records.length > maxRecords) return null
  const preimage = orRefusal(() => blockIdPreimage(headerOf(block), block.nonce))
  return preimage instanceof ChartsealError ? null : preimage
}
