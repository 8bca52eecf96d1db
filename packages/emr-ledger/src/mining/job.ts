/** What one search needs, checked; and the check of what it found. */
import { equal, toBigIntBE } from '@chartseal/core/bytes'
import type { NonceHit } from '@chartseal/core/engine'
import { ledgerError } from '../errors.js'
import {
  blockPrefix,
  computeBlockId,
  type HashedHeader,
  maxNonce,
  targetBytes,
  targetOf,
} from '../v1/block.js'
import type { NonceOptions } from './types.js'

/** Plain data: it travels to workers as it is. */
export interface SearchJob {
  readonly prefix: Uint8Array
  readonly target: Uint8Array
  readonly from: bigint
  readonly last: bigint
  readonly chunkNonces: number
}

const smallestChunk = 1_024
const largestChunk = 65_536

/**
 * @throws ChartsealError `ledger/difficulty-range`, `ledger/number-range`
 * @throws RangeError for a range or a chunk that makes no sense
 */
export function planJob(header: HashedHeader, options: NonceOptions, threads: number): SearchJob {
  const { from = 0n, last = maxNonce } = options
  if (from < 0n || last > maxNonce || from > last) throw new RangeError('nonces are from 0 to 2^64 - 1')
  const target = targetBytes(header.difficulty)
  const chunkNonces = options.chunkNonces ?? chunkFor(header.difficulty, threads)
  if (!Number.isSafeInteger(chunkNonces) || chunkNonces < 1) {
    throw new RangeError('a chunk is a positive number of nonces')
  }
  return { prefix: blockPrefix(header), target, from, last, chunkNonces }
}

/** Each thread searches at most about one chunk past the hit, so easy blocks get small chunks. */
function chunkFor(difficulty: bigint, threads: number): number {
  const share = difficulty / BigInt(8 * threads)
  return share > largestChunk ? largestChunk : Math.max(smallestChunk, Number(share))
}

/**
 * Hashes a found nonce once more, apart from the engine that found it.
 * @throws ChartsealError `ledger/nonces-exhausted` when nothing was found
 */
export function confirmHit(
  header: HashedHeader,
  job: SearchJob,
  hit: NonceHit | null,
): Pick<NonceHit, 'nonce'> & { readonly blockId: Uint8Array } {
  if (hit === null) throw ledgerError('ledger/nonces-exhausted', { from: job.from, last: job.last })
  const blockId = computeBlockId(header, hit.nonce)
  if (!equal(blockId, hit.hash) || toBigIntBE(blockId) > targetOf(header.difficulty)) {
    throw new Error('internal: the nonce found does not satisfy the target')
  }
  return { nonce: hit.nonce, blockId }
}
