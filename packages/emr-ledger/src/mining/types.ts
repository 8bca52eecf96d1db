import type { Engine } from '@chartseal/core/engine'
import type { Clock } from '@chartseal/core/ports'

export interface MiningProgress {
  /** Nonces tried so far. */
  readonly hashes: bigint
  readonly hashesPerSecond: number
  /** How many it takes on average: the difficulty. */
  readonly expectedHashes: bigint
  /** How long that takes at this rate, from any moment on: what was tried brings the hit no nearer. */
  readonly expectedMs: number | null
}

export interface NonceOptions {
  /** First nonce to try; default 0. */
  readonly from?: bigint
  /** Last nonce to try; default 2^64 - 1. */
  readonly last?: bigint
  /** Ends the search between two chunks; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Milliseconds since 1970 by `clock`; ends the search between two chunks, with `ledger/deadline`. */
  readonly deadlineMs?: number
  /** Called about four times a second while searching, and once at the end. */
  readonly onProgress?: (progress: MiningProgress) => void
  /** For the rate, the deadline, and sharing this thread; default: the system's clock. */
  readonly clock?: Clock
  /** Nonces per engine call; default: by difficulty, from 1,024 to 65,536. */
  readonly chunkNonces?: number
  /** The engine of this thread; workers make one of its module, or of its kind. */
  readonly engine?: Engine
}

export interface FoundNonce {
  /** The lowest satisfying nonce of the range. */
  readonly nonce: bigint
  /** 32 bytes. */
  readonly blockId: Uint8Array
  /** Nonces tried; workers may have tried some past the found one. */
  readonly hashes: bigint
  /** How many workers searched; 0: this thread did. */
  readonly workers: number
}
