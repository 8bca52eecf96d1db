/** What a miner and its workers say to each other. */
import type { NonceHit } from '@chartseal/core/engine'
import type { SearchJob } from './job.js'
import type { Stride } from './stride.js'

export type ToWorker =
  /** Before the first search: the compiled module of the engine to use; `null`: the engine in JavaScript. */
  | { readonly kind: 'engine'; readonly module: WebAssembly.Module | null; readonly turbo: boolean }
  | {
      readonly kind: 'search'
      readonly job: SearchJob
      readonly stride: Stride
      /** `null`: by messages. */
      readonly shared: SharedArrayBuffer | null
    }
  /** By messages only: another worker found this nonce. */
  | { readonly kind: 'best'; readonly nonce: bigint }
  /** By messages only. */
  | { readonly kind: 'stop' }

export type FromWorker =
  /** By messages only. */
  | { readonly kind: 'count'; readonly nonces: number }
  | { readonly kind: 'done'; readonly hit: NonceHit | null }
  | { readonly kind: 'failed'; readonly reason: string }

/** A worker as its miner sees it. */
export interface MiningWorker {
  post(message: ToWorker): void
  /** `onFailure` is told once that the worker is gone or cannot be understood. */
  listen(onMessage: (message: FromWorker) => void, onFailure: (reason: string) => void): void
  /** A busy worker keeps the process alive, an idle one does not. */
  setBusy(busy: boolean): void
  terminate(): void
}

/** A miner as its worker sees it: `self` in a browser's worker satisfies it through a few lines. */
export interface WorkerPort {
  post(message: FromWorker): void
  listen(onMessage: (message: ToWorker) => void): void
}
