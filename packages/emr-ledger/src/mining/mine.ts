import { type Block, type BlockDraft, headerOf } from '../v1/block.js'
import { u64 } from '../v1/numbers.js'
import { checkHeader } from '../v1/verify-block.js'
import type { Miner } from './miner.js'
import { findNonce } from './this-thread.js'
import type { FoundNonce, NonceOptions } from './types.js'

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
  const header = headerOf(draft)
  u64('height', draft.height)
  checkHeader(header)
  const { miner } = options
  const found =
    miner === undefined ? await findNonce(header, options) : await miner.findNonce(header, options)
  const { nonce, blockId, hashes, workers } = found
  return { block: { ...draft, nonce, blockId }, hashes, workers }
}
