/** The block that the seed's notebook mines: difficulty 100,000, no records, and nonce 5687 is the lowest. */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { decodeHex } from '@chartseal/core/encoding'
import type { HashedHeader } from '@chartseal/emr-ledger/v1'

export const notebookHeader: HashedHeader = {
  previous: new Uint8Array(32),
  miner: decodeHex('0123456789abcdef0123456789abcdef01234567'),
  txids: [],
  timestamp: 1_711_213_303n,
  difficulty: 100_000n,
}

/** Everything that is hashed before its nonce. */
export const notebookPrefix: Uint8Array = concat(
  notebookHeader.previous,
  notebookHeader.miner,
  fromBigIntLE(notebookHeader.timestamp, 8),
  fromBigIntLE(notebookHeader.difficulty, 16),
)
