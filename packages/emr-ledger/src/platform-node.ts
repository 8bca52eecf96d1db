import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { MiningWorker } from './mining/worker.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  sharesMemory: true,
  parallelism: availableParallelism(),
  startWorker() {
    return wrap(new Worker(new URL('./mining/worker-node.js', import.meta.url)))
  },
}

function wrap(worker: Worker): MiningWorker {
  return {
    post: message => worker.postMessage(message),
    listen(onMessage, onFailure) {
      worker.on('message', onMessage)
      worker.on('error', error => onFailure(`${error}`))
      worker.on('messageerror', () => onFailure('a message could not be read'))
      worker.on('exit', code => onFailure(`it ended with code ${code}`))
      // Last: listening would hold the process again.
      worker.unref()
    },
    setBusy(busy) {
      if (busy) worker.ref()
      else worker.unref()
    },
    terminate: () => void worker.terminate(),
  }
}
