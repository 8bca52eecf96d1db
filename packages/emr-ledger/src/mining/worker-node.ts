/** The worker that platform-node starts. */
import { parentPort } from 'node:worker_threads'
import { serveMining } from './worker.js'

const port = parentPort
if (port === null) throw new Error('internal: this file runs in a worker only')
// The miner hears of the end of this worker.
port.on('messageerror', error => {
  throw error
})
serveMining({
  post: message => port.postMessage(message),
  listen: onMessage => void port.on('message', onMessage),
})
