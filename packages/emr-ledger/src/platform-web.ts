import type { MiningWorker } from './mining/worker.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  // A page shares memory only when it is cross-origin isolated.
  sharesMemory: typeof crossOriginIsolated !== 'undefined' && crossOriginIsolated,
  parallelism: typeof navigator === 'undefined' ? 1 : navigator.hardwareConcurrency,
  startWorker() {
    if (typeof Worker === 'undefined') return null
    return wrap(new Worker(new URL('./mining/worker-web.js', import.meta.url), { type: 'module' }))
  },
}

function wrap(worker: Worker): MiningWorker {
  return {
    post: message => worker.postMessage(message),
    listen(onMessage, onFailure) {
      worker.onmessage = event => onMessage(event.data)
      // A script that cannot be loaded, or that a policy forbids, gives an event without a message.
      worker.onerror = event => onFailure(event.message ?? 'its script could not be loaded')
      worker.onmessageerror = () => onFailure('a message could not be read')
    },
    setBusy() {},
    terminate: () => worker.terminate(),
  }
}
