import { parentPort } from 'node:worker_threads'
import { defaultEngine } from '@chartseal/core/engine'

parentPort?.on('message', ({ prefix, target, count }) => {
  const engine = defaultEngine()
  const hit = engine.searchNonce({ prefix, target, from: 0n, count })
  parentPort?.postMessage({ name: engine.name, hit })
})
