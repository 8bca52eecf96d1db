/** The body of a mining worker, on whatever port it is reached. */
import { createJsEngine, defaultEngine, type Engine } from '@chartseal/core/engine'
import { type LocalControl, MessageControl, SharedControl } from './control.js'
import type { EngineKind, ToWorker, WorkerPort } from './protocol.js'
import { searchStride } from './stride.js'

type Search = Extract<ToWorker, { kind: 'search' }>

/** Answers each search with `done` or `failed`; one search at a time. */
export function serveMining(port: WorkerPort): void {
  let current: LocalControl | null = null
  port.listen(message => {
    if (message.kind === 'best') current?.offer(message.nonce)
    else if (message.kind === 'stop') current?.stop()
    else {
      current = new MessageControl(answer => port.post(answer))
      void search(port, message, message.shared === null ? current : new SharedControl(message.shared))
    }
  })
}

async function search(
  port: WorkerPort,
  { job, stride, engine }: Search,
  control: LocalControl | SharedControl,
): Promise<void> {
  try {
    port.post({ kind: 'done', hit: await searchStride(engineOf(engine), job, stride, control) })
  } catch (error) {
    port.post({ kind: 'failed', reason: `${error}` })
  }
}

function engineOf(kind: EngineKind): Engine {
  return kind === 'js' ? createJsEngine() : defaultEngine()
}
