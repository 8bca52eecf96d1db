/** What is searched for, whatever it seals: a nonce behind a prefix, so that the hash of both is not above a target. */
import { ledgerError } from '../errors.js'

export interface Puzzle {
  /** Everything that is hashed before the nonce u64 LE. */
  readonly prefix: Uint8Array
  /** 1 to 2^128 - 1; on average as many nonces must be tried. */
  readonly difficulty: bigint
}

export const hashBytes = 32
export const nonceBytes = 8
export const maxNonce: bigint = 2n ** 64n - 1n
const maxDifficulty = 2n ** 128n - 1n

/**
 * The largest hash that satisfies the difficulty: floor(2^256 / difficulty), which is 2^256 at 1.
 * @throws ChartsealError `ledger/difficulty-range`
 */
export function targetOf(difficulty: bigint): bigint {
  if (difficulty < 1n || difficulty > maxDifficulty) {
    throw ledgerError('ledger/difficulty-range', { difficulty })
  }
  return 2n ** 256n / difficulty
}
