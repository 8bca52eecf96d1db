/** A process that holds connections of conferences for the server that has started it. It has no key, no file and no port. */
import { Socket } from 'node:net'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { connectionLimit, openFileLimit } from '../http/connection-limit.js'
import { pipeNumber } from './relay-messages.js'
import { RelayWorker } from './relay-worker.js'

const worker = new RelayWorker({
  pipe: new Socket({ fd: pipeNumber, readable: true, writable: true }),
  clock: systemClock,
  random: systemRandom,
  most: connectionLimit(openFileLimit()),
  send(message) {
    // Whoever has gone asks nothing any more.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  },
  // From then on its connections alone keep it.
  onEnd: () => process.channel?.unref(),
})

process.on('message', (message, handle) => worker.take(message, handle))
// The server is gone, whether it could say so or not.
process.on('disconnect', () => worker.end())
// Those who end a server signal all of its processes: it is the server that says when.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
