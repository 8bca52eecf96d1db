/** The program of one thread of handshake-pool. */
import { parentPort, workerData } from 'node:worker_threads'
import { SecretBytes } from '@chartseal/core/keys'
import { monotonicMs, systemRandom } from '@chartseal/core/system'
import { type HandshakeWork, StaticKey, workHandshake } from '../noise.js'
import { type Answer, packAnswers, type ThreadData, unpackWorks } from './handshake-message.js'

const port = parentPort
if (port === null) throw new Error('internal: this file runs in a worker only')

const data: ThreadData = workerData
const { suite } = data
const staticKey = ownKey(data)

/** The bytes were moved here, and are wiped. */
function ownKey({ privateKey }: ThreadData): StaticKey {
  using secret = new SecretBytes(privateKey)
  privateKey.fill(0)
  return new StaticKey(suite, secret)
}

// Whoever waits for this message hears of the end of the thread.
port.on('messageerror', error => {
  throw error
})

/** `null`: the end. */
port.on('message', (packed: Uint8Array | null) => {
  if (packed === null) {
    staticKey.wipe()
    port.close()
    return
  }
  const answers = packAnswers(unpackWorks(packed, suite).map(answerTo), suite)
  packed.fill(0)
  port.postMessage(answers, [answers.buffer])
})

function answerTo(work: HandshakeWork): Answer {
  const startMs = monotonicMs()
  const worked = workHandshake(work, { staticKey, random: systemRandom })
  return { worked, elapsedMs: monotonicMs() - startMs }
}
