/** The thread in which readers are tried: the main one sees what it is at, and ends it when it is stuck. */
import { parentPort, workerData } from 'node:worker_threads'
import { Coverage } from './coverage.mjs'
import { growthOf } from './growth.mjs'
import { runGuided } from './guided.mjs'
import { Trial } from './loop.mjs'
import { MemoryWatch } from './memory.mjs'

const { shared, seed, count, names, from, mode, set } = workerData
const state = new Int32Array(shared, 0, 4)
const room = new Uint8Array(shared, 16)
const roomText = Buffer.from(shared, 16)

/** Where everybody can read it, should this thread not come back. */
function tell(input) {
  const isText = typeof input === 'string'
  state[2] = isText ? roomText.write(input, 'utf16le') : Math.min(input.length, room.length)
  state[3] = isText ? 1 : 0
  if (!isText) room.set(input.subarray(0, room.length))
  state[0]++
}

const coverage = mode === 'guided' ? new Coverage() : null
await coverage?.begin()
const { setOf } = await import('./targets.mjs')
const targets = (await setOf(set)).filter(({ name }) => names.includes(name))
const total = targets.reduce((sum, { weight }) => sum + weight, 0)
const memory = new MemoryWatch()

async function tried(target) {
  const trial = new Trial(target, { seed, tell, memory })
  const share = Math.max(50, Math.round((count * target.weight) / total))
  if (!(await trial.begin())) return trial
  const watched = coverage === null ? 0 : await runGuided(trial, coverage, share)
  await trial.run(share - watched)
  return trial
}

for (const [index, target] of targets.entries()) {
  if (index < from) continue
  state[1] = index
  if (mode === 'growth') {
    parentPort.postMessage({
      index,
      name: target.name,
      faults: await growthOf(target, tell),
      tried: 0,
      accepted: 0,
    })
    continue
  }
  const startMs = performance.now()
  const { faults, tried: times, accepted } = await tried(target)
  parentPort.postMessage({
    index,
    name: target.name,
    faults,
    tried: times,
    accepted,
    ms: performance.now() - startMs,
  })
}
parentPort.postMessage({ done: true, blocks: coverage?.size ?? 0 })
