/** What one search needs, checked; and the check of what it found. */
import { concat, equal, fromBigIntBE, fromBigIntLE, toBigIntBE } from '@chartseal/core/bytes'
import type { NonceHit } from '@chartseal/core/engine'
import { sha256 } from '@noble/hashes/sha2.js'
import { ledgerError } from '../errors.js'
import type { FoundNonce, NonceOptions } from './find.js'
import { hashBytes, maxNonce, nonceBytes, type Puzzle, targetOf } from './puzzle.js'

/** Plain data: it travels to workers as it is. */
export interface SearchJob {
  readonly prefix: Uint8Array
  /** The largest hash that satisfies the difficulty, 32 bytes, big-endian. */
  readonly target: Uint8Array
  readonly from: bigint
  readonly last: bigint
  readonly chunkNonces: number
}

export interface SearchPlan {
  readonly puzzle: Puzzle
  /** The largest hash that satisfies the difficulty; 2^256 at difficulty 1. */
  readonly target: bigint
  readonly job: SearchJob
}

const smallestChunk = 1_024
const largestChunk = 65_536
const largestHash = 2n ** 256n - 1n

/**
 * @throws ChartsealError `ledger/difficulty-range`
 * @throws RangeError for an impossible range of nonces or size of a chunk
 */
export function planJob(puzzle: Puzzle, options: NonceOptions, threads: number): SearchPlan {
  const { from = 0n, last = maxNonce } = options
  if (from < 0n || last > maxNonce || from > last) throw new RangeError('nonces must be from 0 to 2^64 - 1')
  const target = targetOf(puzzle.difficulty)
  const chunkNonces = options.chunkNonces ?? chunkFor(puzzle.difficulty, threads)
  if (!Number.isSafeInteger(chunkNonces) || chunkNonces < 1) {
    throw new RangeError('chunkNonces must be a positive integer')
  }
  return { puzzle, target, job: { prefix: puzzle.prefix, target: asHash(target), from, last, chunkNonces } }
}

/** Difficulty 1 has a target of 2^256, above every hash. */
function asHash(target: bigint): Uint8Array {
  return fromBigIntBE(target > largestHash ? largestHash : target, hashBytes)
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
  { puzzle, target, job }: SearchPlan,
  hit: NonceHit | null,
): Pick<FoundNonce, 'nonce' | 'blockId'> {
  if (hit === null) throw ledgerError('ledger/nonces-exhausted', { from: job.from, last: job.last })
  const blockId = sha256(concat(puzzle.prefix, fromBigIntLE(hit.nonce, nonceBytes)))
  if (!equal(blockId, hit.hash) || toBigIntBE(blockId) > target) {
    throw new Error('internal: the nonce found does not satisfy the target')
  }
  return { nonce: hit.nonce, blockId }
}
