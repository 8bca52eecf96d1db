/** Runs the thread that tries readers, ends it when it is stuck, and goes on behind the reader at which that was. */
import { Worker } from 'node:worker_threads'

const roomBytes = 1_048_576
const maxOldGenerationSizeMb = 768
const pollMs = 500

function inputIn(shared) {
  const [, , length, isText] = new Int32Array(shared, 0, 4)
  const bytes = Buffer.from(shared, 16, Math.min(length, roomBytes))
  return isText === 1 ? bytes.toString('utf16le') : Uint8Array.from(bytes)
}

/** One thread from a reader on: what it reported, and what stopped it. */
function runThread(options, from, report) {
  const shared = new SharedArrayBuffer(16 + roomBytes)
  const state = new Int32Array(shared, 0, 4)
  const workerData = { ...options, shared, from }
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb },
  })
  return new Promise(resolve => {
    let [seen, seenMs, why] = [-1, Date.now(), 'never answers']
    const end = () => {
      clearInterval(timer)
      resolve(why === null ? null : { why, index: state[1], input: inputIn(shared) })
    }
    const timer = setInterval(() => {
      if (state[0] !== seen) [seen, seenMs] = [state[0], Date.now()]
      else if (Date.now() - seenMs > options.patienceMs) {
        why = 'does not end'
        worker.terminate()
      }
    }, pollMs)
    worker.on('message', message => {
      if (message.done) why = null
      else seenMs = Date.now()
      report(message)
    })
    worker.on('error', error => {
      why = `ended the thread: ${error.code ?? error.name}: ${error.message}`
    })
    worker.on('exit', end)
  })
}

/**
 * @param options `seed`, `count`, `names`, `mode` (`blind`, `guided`, `growth`), `set`, `patienceMs`
 * @returns `faults`, and `rows`: how often each reader was tried, and how many inputs it accepted
 */
export async function search({ onRow, ...options }) {
  const [faults, rows] = [[], []]
  const report = message => {
    if (message.done) return
    rows.push(message)
    faults.push(...message.faults)
    onRow?.(message)
  }
  for (let from = 0; ; ) {
    const stopped = await runThread(options, from, report)
    if (stopped === null) return { faults, rows }
    const { why, index, input } = stopped
    faults.push({ target: options.names[index], what: why, input })
    from = index + 1
  }
}
