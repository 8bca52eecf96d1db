/** Neighbouring chunks, sealed or opened together: what the platform does with all of them at once. */
import { tagBytes } from '../aead.js'
import { coreError } from '../errors.js'
import type { SyncGcm } from '../platform.js'
import { chunkBytes, chunkNonce, sealedChunkBytes } from './layout.js'

/** Chunks of one message, one behind the other: all full, and in the last run what is left over, maybe nothing. */
export interface Run {
  /** Number of the first chunk. */
  readonly first: number
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

export type Soon<T> = T | Promise<T>

/** Owns the keys of a message. Runs may be in work at the same time; `bytes` are left alone until a run is done. */
export interface RunCipher {
  /** How many runs may be in work at once. */
  readonly atOnce: number
  /** How many chunks a run has that begins at chunk `first`. */
  chunksFrom(first: number): number
  /** Memory for the chunks of such a run, each of `blockBytes`. */
  memory(first: number, blockBytes: number): Uint8Array
  /** Sealed, in fresh memory. What `run.bytes` has afterwards is not said. */
  seal(run: Run): Soon<Uint8Array>
  /** Opened, in fresh memory; `null` when one of the chunks does not open. */
  open(run: Run): Soon<Uint8Array | null>
  /** Afterwards nothing is sealed or opened; what is in work goes on. */
  wipe(): void
}

export function chunksIn({ bytes, isLast }: Run, blockBytes: number): number {
  return Math.floor(bytes.length / blockBytes) + (isLast ? 1 : 0)
}

export const sealedRunBytes = (run: Run): number => run.bytes.length + chunksIn(run, chunkBytes) * tagBytes

export const openedRunBytes = (run: Run): number =>
  run.bytes.length - chunksIn(run, sealedChunkBytes) * tagBytes

export const part = (bytes: Uint8Array, index: number, sizeBytes: number): Uint8Array =>
  bytes.subarray(index * sizeBytes, (index + 1) * sizeBytes)

/** `output` may be the memory of the run itself: from the last chunk on, none is written over before it was read. */
export function sealRun(gcm: SyncGcm, baseNonce: Uint8Array, run: Run, output: Uint8Array): void {
  for (let i = chunksIn(run, chunkBytes) - 1; i >= 0; i--) {
    gcm.seal(
      chunkNonce(baseNonce, run.first + i),
      part(run.bytes, i, chunkBytes),
      part(output, i, sealedChunkBytes),
    )
  }
}

/** The same, from the first chunk on. False when one does not open; `output` then has nothing of the plaintext. */
export function openRun(gcm: SyncGcm, baseNonce: Uint8Array, run: Run, output: Uint8Array): boolean {
  const chunks = chunksIn(run, sealedChunkBytes)
  for (let i = 0; i < chunks; i++) {
    const nonce = chunkNonce(baseNonce, run.first + i)
    if (gcm.open(nonce, part(run.bytes, i, sealedChunkBytes), part(output, i, chunkBytes))) continue
    output.fill(0)
    return false
  }
  return true
}

/**
 * Works until it is wiped, and never again: the nonces would be those of a base nonce of zeros, under a key that a
 * platform may still have.
 */
export function untilWiped(cipher: RunCipher): RunCipher {
  let isWiped = false
  const refuseWiped = (): void => {
    if (isWiped) throw coreError('key/wiped', {})
  }
  return {
    ...cipher,

    seal(run) {
      refuseWiped()
      return cipher.seal(run)
    },

    open(run) {
      refuseWiped()
      return cipher.open(run)
    },

    wipe() {
      isWiped = true
      cipher.wipe()
    },
  }
}

/** What a second thread counts from when it is there: one more for each run that is done. */
export const hasStarted = 1

/** The memory that a run of shared memory has for its result: from its first byte on. */
export function inPlace({ bytes }: Run, sizeBytes: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, sizeBytes)
}

/** @throws ChartsealError `open/failed` for `null`, now or later */
export function openedOrThrow(opened: Soon<Uint8Array | null>): Soon<Uint8Array> {
  if (opened instanceof Promise) return opened.then(openedOrThrow)
  if (opened === null) throw coreError('open/failed', {})
  return opened
}
