/** Mining workers as threads of Node: what becomes of a process and of a miner that have one. */
import { spawnSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { patienceMs } from '@chartseal/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { platform } from '../dist/platform-node.js'

afterEach(() => void vi.restoreAllMocks())

describe('a process that has an idle worker', () => {
  it('ends when its own work is done', () => {
    const from = new URL('../dist/platform-node.js', import.meta.url).href
    const program = `import { platform } from '${from}'; platform.startWorker().listen(() => {}, () => {})`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      timeout: patienceMs,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

describe('a message that cannot be read', () => {
  it('is a failure for the miner', async () => {
    const listening = vi.spyOn(Worker.prototype, 'on')
    const worker = platform.startWorker()
    const failures: string[] = []
    worker?.listen(
      () => expect.fail('it has nothing to say'),
      reason => void failures.push(reason),
    )
    const [thread] = listening.mock.contexts
    if (!(thread instanceof Worker)) expect.fail('no thread was started')
    thread.emit('messageerror', new Error('not to be read'))
    expect(failures).toEqual(['a message could not be read'])
    worker?.terminate()
  })

  it('ends the worker that got it', async () => {
    // Nothing that a search is made of fails to be read, so the event is made: as soon as somebody listens for it.
    const unreadable = `import { parentPort } from 'node:worker_threads'
      const tell = () => parentPort.emit('messageerror', new Error('a search could not be read'))
      const wait = () => parentPort.listenerCount('messageerror') > 0 ? tell() : setImmediate(wait)
      wait()`
    const worker = new Worker(new URL('../dist/mining/worker-node.js', import.meta.url), {
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(unreadable)}`],
    })
    const failed = new Promise<unknown>(resolve => worker.once('error', resolve))
    const ended = new Promise<unknown>(resolve => worker.once('exit', resolve))
    expect(`${await failed}`).toContain('a search could not be read')
    expect(await ended).toBe(1)
  })
})
