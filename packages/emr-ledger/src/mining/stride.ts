/** Searches every n-th chunk of a range; together the threads find the lowest nonce, whatever their number. */
import type { Engine, NonceHit } from '@chartseal/core/engine'
import type { SearchJob } from './job.js'

/** What the threads of one search share. */
export interface Control {
  /** The lowest nonce that any thread found; 2^64 - 1 before. */
  best(): bigint
  /** Lowers `best`, never raises it. */
  offer(nonce: bigint): void
  stopped(): boolean
  /** Adds to the nonces tried. */
  count(nonces: number): void
  /** Lets this thread hear of others; `null` where it need not. */
  pause(): Promise<void> | null
}

/** Chunk `index`, `index + threads`, `index + 2 · threads`, … */
export interface Stride {
  readonly index: number
  readonly threads: number
}

/**
 * The first hit of the stride, or `null`. A chunk is skipped only when it starts past a nonce already found,
 * so the chunk with the lowest one is always searched by its thread.
 */
export async function searchStride(
  engine: Engine,
  job: SearchJob,
  stride: Stride,
  control: Control,
): Promise<NonceHit | null> {
  const step = BigInt(job.chunkNonces) * BigInt(stride.threads)
  let from = job.from + BigInt(job.chunkNonces) * BigInt(stride.index)
  while (from <= job.last && from <= control.best() && !control.stopped()) {
    const hit = searchChunk(engine, job, from, control)
    if (hit !== null) return hit
    from += step
    const pause = control.pause()
    if (pause !== null) await pause
  }
  return null
}

function searchChunk(engine: Engine, job: SearchJob, from: bigint, control: Control): NonceHit | null {
  const left = job.last - from + 1n
  const count = left < job.chunkNonces ? Number(left) : job.chunkNonces
  const hit = engine.searchNonce({ prefix: job.prefix, target: job.target, from, count })
  control.count(hit === null ? count : Number(hit.nonce - from) + 1)
  if (hit !== null) control.offer(hit.nonce)
  return hit
}
