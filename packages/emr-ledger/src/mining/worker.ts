/** What a miner and its workers send each other, and the body of a worker on whatever port it is reached. */
import { createJsEngine, createWasmEngine, type Engine, type NonceHit } from '@chartseal/core/engine'
import type { SearchJob } from './job.js'
import { type LocalControl, MessageControl, SharedControl, type Stride, searchStride } from './search.js'

export type ToWorker =
  /** Before the first search: the compiled module of the engine to use; `null`: the engine in JavaScript. */
  | { readonly kind: 'engine'; readonly module: object | null; readonly turbo: boolean }
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
  /** `onFailure` is called once, when the worker has ended or its messages cannot be read. */
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

type Equipment = Extract<ToWorker, { kind: 'engine' }>
type Search = Extract<ToWorker, { kind: 'search' }>

/** Answers each search with `done` or `failed`; one search at a time. */
export function serveMining(port: WorkerPort): void {
  let current: LocalControl | null = null
  let engineOf = (): Engine => {
    throw new Error('a search came before its engine')
  }
  port.listen(message => {
    if (message.kind === 'best') current?.offer(message.nonce)
    else if (message.kind === 'stop') current?.stop()
    else if (message.kind === 'engine') engineOf = engineMaker(message)
    else {
      current = new MessageControl(answer => port.post(answer))
      void search(
        port,
        engineOf,
        message,
        message.shared === null ? current : new SharedControl(message.shared),
      )
    }
  })
}

async function search(
  port: WorkerPort,
  engineOf: () => Engine,
  { job, stride }: Search,
  control: LocalControl | SharedControl,
): Promise<void> {
  try {
    port.post({ kind: 'done', hit: await searchStride(engineOf(), job, stride, control) })
  } catch (error) {
    port.post({ kind: 'failed', reason: `${error}` })
  }
}

/** Makes the engine at the first search, so that a failure is an answer, and keeps it. */
function engineMaker({ module, turbo }: Equipment): () => Engine {
  let made: Engine | null = null
  return () => {
    made ??= module === null ? createJsEngine() : createWasmEngine({ module, turbo })
    return made
  }
}
