/** The worker that second-thread-node starts. */
import { parentPort, workerData } from 'node:worker_threads'
import { gcmOf } from '../platform-node.js'
import { hasStarted, inPlace, openedRunBytes, openRun, sealedRunBytes, sealRun } from './runs.js'
import type { Answer, Task } from './second-thread-node.js'

const port = parentPort
if (port === null) throw new Error('internal: this file runs in a worker only')

const progress: Int32Array = workerData
Atomics.store(progress, 0, hasStarted)

// Whoever waits for this task hears of the end of the thread.
port.on('messageerror', error => {
  throw error
})

port.on('message', ({ id, kind, key, baseNonce, run }: Task & { readonly id: number }) => {
  const gcm = gcmOf(key)
  let isWhole = true
  if (kind === 'seal') sealRun(gcm, baseNonce, run, inPlace(run, sealedRunBytes(run)))
  else isWhole = openRun(gcm, baseNonce, run, inPlace(run, openedRunBytes(run)))
  Atomics.add(progress, 0, 1)
  const answer: Answer = { id, isWhole }
  port.postMessage(answer)
})
