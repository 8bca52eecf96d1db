import { equal } from '@chartseal/core/bytes'
import { ledgerError } from '../../errors.js'
import { type Block, type BlockDraft, blockIdBytes } from '../block.js'

/** The last block of a chain. */
export interface ChainTip {
  readonly height: bigint
  readonly blockId: Uint8Array
}

/** What a block after this tip must say; `null` is the tip of an empty chain. */
export function nextLink(tip: ChainTip | null): Pick<BlockDraft, 'height' | 'previous'> {
  return tip === null
    ? { height: 0n, previous: new Uint8Array(blockIdBytes) }
    : { height: tip.height + 1n, previous: Uint8Array.from(tip.blockId) }
}

/** @throws ChartsealError `ledger/height`, `ledger/previous` unless the block comes next */
export function verifyLink(tip: ChainTip | null, block: Block): void {
  const next = nextLink(tip)
  if (block.height !== next.height) {
    throw ledgerError('ledger/height', { expected: next.height, actual: block.height })
  }
  if (!equal(block.previous, next.previous)) throw ledgerError('ledger/previous', {})
}
