/** The second thread of Node: a stream comes to it only after 32 MiB, and must not show that it was there. */
import { spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { openBytes, openStream, sealBytes, sealStream } from '@chartseal/core/chunked'
import type { Random } from '@chartseal/core/ports'
import { describe, expect, it } from 'vitest'
import { openRun, sealRun } from '../dist/chunked/runs.js'
import { SecondThread, secondThread, type Task } from '../dist/chunked/second-thread-node.js'
import { gcmOf } from '../dist/platform-node.js'
import { context, sample, split, testKey, through } from './chunked-helpers.js'
import { patienceMs } from './helpers.js'

const [chunk, sealedChunk] = [16_384, 16_400]
const key = createSecretKey(testKey.reveal())
const baseNonce = new Uint8Array(12).fill(7)
const fixedSalt: Random = { bytes: sizeBytes => new Uint8Array(sizeBytes).fill(9) }

/** Waits until the thread takes the task, which it may be too young or too busy for. */
async function taken(task: Task): Promise<boolean> {
  for (;;) {
    const answer = secondThread()?.work(task)
    if (answer !== null && answer !== undefined) return answer
    await nextTurn()
  }
}

function shared(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(8 * sealedChunk))
  bytes.set(content)
  return bytes
}

describe('the second thread', () => {
  it.each([
    [3, false, 3 * chunk],
    [4, true, 3 * chunk],
    [4, true, 3 * chunk + 1],
  ])('seals and opens %i chunks in place as this one does', async (chunks, isLast, sizeBytes) => {
    const plaintext = sample(sizeBytes)
    const run = { first: 5_000, bytes: plaintext, isLast }
    const sealed = new Uint8Array(sizeBytes + chunks * 16)
    sealRun(gcmOf(key), baseNonce, run, sealed)
    const memory = shared(plaintext)
    const bytes = memory.subarray(0, sizeBytes)
    expect(await taken({ kind: 'seal', key, baseNonce, run: { ...run, bytes } })).toBe(true)
    expect(memory.slice(0, sealed.length)).toEqual(sealed)
    const again = { ...run, bytes: memory.subarray(0, sealed.length) }
    expect(await taken({ kind: 'open', key, baseNonce, run: again })).toBe(true)
    expect(memory.slice(0, sizeBytes)).toEqual(plaintext)
    const opened = new Uint8Array(sizeBytes)
    expect(openRun(gcmOf(key), baseNonce, { ...run, bytes: sealed }, opened)).toBe(true)
    expect(opened).toEqual(plaintext)
  })

  it('says when a chunk does not open, and leaves nothing of the others', async () => {
    const run = { first: 5_000, bytes: sample(3 * chunk), isLast: false }
    const sealed = new Uint8Array(3 * sealedChunk)
    sealRun(gcmOf(key), baseNonce, run, sealed)
    sealed[2 * sealedChunk] = (sealed[2 * sealedChunk] ?? 0) ^ 1
    const memory = shared(sealed)
    const bytes = memory.subarray(0, sealed.length)
    expect(await taken({ kind: 'open', key, baseNonce, run: { ...run, bytes } })).toBe(false)
    expect(memory.slice(0, 3 * chunk).every(byte => byte === 0)).toBe(true)
  })

  it('takes no more than it can begin with, and the rest is done here', async () => {
    const task = (): Task => ({
      kind: 'seal',
      key,
      baseNonce,
      run: { first: 0, bytes: shared(new Uint8Array(0)).subarray(0, 7 * chunk), isLast: false },
    })
    await taken(task())
    const answers = Array.from({ length: 50 }, () => secondThread()?.work(task()))
    expect(answers).toContain(null)
    await Promise.all(answers)
  })
})

/** A thread that says it has started, and then does what the test says with its tasks. */
async function threadOf(body: string): Promise<{ readonly thread: SecondThread; readonly worker: Worker }> {
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const program = `const { parentPort, workerData } = require('node:worker_threads')
    Atomics.store(workerData, 0, 1)
    parentPort.on('message', task => { ${body} })`
  const worker = new Worker(program, { eval: true, workerData: progress })
  const thread = new SecondThread(worker, progress)
  while (Atomics.load(progress, 0) === 0) await nextTurn()
  return { thread, worker }
}

const smallTask = (): Task => ({
  kind: 'seal',
  key,
  baseNonce,
  run: { first: 0, bytes: shared(new Uint8Array(0)).subarray(0, chunk), isLast: false },
})

/** What becomes of two tasks that wait. */
async function twoWaiting(thread: SecondThread): Promise<readonly unknown[]> {
  const answers = [thread.work(smallTask()), thread.work(smallTask())]
  expect(answers).not.toContain(null)
  return Promise.all(answers.map(answer => answer?.catch((error: unknown) => `${error}`)))
}

describe('a second thread that dies', () => {
  it.each([
    ['ends', 'process.exit(3)', 'Error: internal: the second thread ended'],
    ['throws', "throw new Error('no memory')", 'Error: no memory'],
  ])('fails all that waits for it, and takes no more, when it %s', async (_, body, failure) => {
    const { thread } = await threadOf(`if (task.id === 1) ${body}`)
    expect(await twoWaiting(thread)).toEqual([failure, failure])
    expect(thread.work(smallTask())).toBeNull()
  })

  it('is ended when an answer of it cannot be read', async () => {
    const { thread, worker } = await threadOf('')
    const waiting = twoWaiting(thread)
    worker.emit('messageerror', new Error('not to be read'))
    expect(thread.work(smallTask())).toBeNull()
    const failure = 'Error: internal: the second thread ended'
    expect(await waiting).toEqual([failure, failure])
    expect(worker.threadId).toBe(-1)
  })

  it('ends itself when it cannot read a task', async () => {
    const progress = new Int32Array(new SharedArrayBuffer(4))
    // Nothing that a task is made of fails to be read, so the event is made: as soon as somebody listens for it.
    const unreadable = `import { parentPort } from 'node:worker_threads'
      const tell = () => parentPort.emit('messageerror', new Error('a task could not be read'))
      const wait = () => parentPort.listenerCount('messageerror') > 0 ? tell() : setImmediate(wait)
      wait()`
    const worker = new Worker(new URL('../dist/chunked/run-worker-node.js', import.meta.url), {
      workerData: progress,
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(unreadable)}`],
    })
    const failed = new Promise<unknown>(resolve => worker.once('error', resolve))
    const ended = new Promise<unknown>(resolve => worker.once('exit', resolve))
    expect(`${await failed}`).toContain('a task could not be read')
    expect(await ended).toBe(1)
  })
})

describe('a process that started it', () => {
  it('ends when its own work is done', () => {
    const from = new URL('../dist/chunked/second-thread-node.js', import.meta.url).href
    const program = `import { secondThread } from '${from}'; secondThread()`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      timeout: patienceMs,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('a long stream', () => {
  const plaintext = sample(44 * 2 ** 20 + 5)
  const sealed = sealBytes(testKey, plaintext, context, fixedSalt)

  it('gives the bytes of one shot, both ways, whoever worked on which part', async () => {
    const streamed = await through(sealStream(testKey, context, fixedSalt), split(plaintext, 65_536))
    expect(streamed.code).toBe('accepted')
    expect(Buffer.compare(streamed.bytes, sealed)).toBe(0)
    const opened = await through(openStream(testKey, context), split(sealed, 700_001))
    expect(opened.code).toBe('accepted')
    expect(Buffer.compare(opened.bytes, plaintext)).toBe(0)
  })

  it('gives out nothing of a chunk that was changed, and only what stood before it', async () => {
    const at = 56 + 2_500 * sealedChunk
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    const { bytes, code } = await through(openStream(testKey, context), split(changed, 65_536))
    expect(code).toBe('open/failed')
    expect(bytes.length).toBeLessThanOrEqual(2_500 * chunk)
    expect(Buffer.compare(bytes, plaintext.subarray(0, bytes.length))).toBe(0)
    expect(() => openBytes(testKey, changed, context)).toThrow('could not be opened')
  })
})
