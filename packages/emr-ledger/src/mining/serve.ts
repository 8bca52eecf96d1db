/** The body of a mining worker, on whatever port it is reached. */
import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import { type LocalControl, MessageControl, SharedControl } from './control.js'
import type { ToWorker, WorkerPort } from './protocol.js'
import { searchStride } from './stride.js'

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
