/** Mining on this thread, and of whole blocks; on workers: `Miner`. */
import { systemClock } from '@chartseal/core/system'
import { type FoundNonce, type NonceOptions, searchHere } from '../mining/find.js'
import { planJob } from '../mining/job.js'
import { Limit } from '../mining/limits.js'
import { Miner as PuzzleMiner } from '../mining/miner.js'
import type { Puzzle } from '../mining/puzzle.js'
import { type Block, type BlockDraft, blockPrefix, type HashedHeader, headerOf } from './block.js'
import { requireDraft, requireHeader } from './fields.js'
import { u64 } from './numbers.js'
import { checkHeader } from './verify-block.js'

/** A pool of mining workers that is used again from block to block. */
export class Miner extends PuzzleMiner {
  /**
   * The lowest satisfying nonce of the range, whatever the number of workers. One search at a time.
   * @throws ChartsealError `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/worker-failed`,
   * `ledger/difficulty-range`, `ledger/number-range`
   * @throws TypeError while another search runs, or after `close`
   * @throws the reason of `signal` when it aborts
   */
  async findNonce(header: HashedHeader, options: NonceOptions = {}): Promise<FoundNonce> {
    return this.find(() => puzzleOf(header), options)
  }
}

/** @throws TypeError; ChartsealError `ledger/number-range` */
function puzzleOf(header: HashedHeader): Puzzle {
  requireHeader(header)
  return { prefix: blockPrefix(header), difficulty: header.difficulty }
}

export interface MineOptions extends NonceOptions {
  /** Workers to mine on; default: this thread, in slices. */
  readonly miner?: Miner
}

export interface MinedBlock extends Omit<FoundNonce, 'nonce' | 'blockId'> {
  readonly block: Block
}

/**
 * Mines a block with the lowest satisfying nonce. Signatures and nonces of the records are not checked:
 * `applyBlock` does that.
 * @throws ChartsealError `ledger/too-many-records`, `ledger/field-length`, `ledger/difficulty-range`,
 * `ledger/number-range`, `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/worker-failed`
 * @throws the reason of `signal` when it aborts
 */
export async function mineBlock(draft: BlockDraft, options: MineOptions = {}): Promise<MinedBlock> {
  requireDraft(draft)
  const header = headerOf(draft)
  u64('height', draft.height)
  checkHeader(header)
  const { miner } = options
  const found =
    miner === undefined ? await findNonce(header, options) : await miner.findNonce(header, options)
  const { nonce, blockId, hashes, workers } = found
  return { block: { ...draft, nonce, blockId }, hashes, workers }
}

/**
 * The lowest satisfying nonce of the range, searched on this thread in slices that leave room for the event
 * loop. Any number of transaction ids: only `mineBlock` checks that.
 * @throws ChartsealError `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/difficulty-range`, `ledger/number-range`
 * @throws the reason of `signal` when it aborts
 */
export async function findNonce(header: HashedHeader, options: NonceOptions = {}): Promise<FoundNonce> {
  const limit = new Limit(options, options.clock ?? systemClock)
  return searchHere(planJob(puzzleOf(header), options, 1), options, limit)
}
