import { spawnSync } from 'node:child_process'
import { createJsEngine, createWasmEngine, defaultEngine } from '@chartseal/core/engine'
import { findNonce, headerOf, Miner, mineBlock } from '@chartseal/emr-ledger/v1'
import { codeOf, patienceMs } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { firstDraft } from './helpers.js'
import { type FakeWorker, fakes, fakeWorker, startLocalWorker } from './threads.js'

const easy = headerOf(firstDraft({ difficulty: 500n }))

/** A worker in which every attempt to compile throws; what it answers is printed. */
const compilerGone = `
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  import { defaultEngine } from '@chartseal/core/engine'
  const body = "import { parentPort } from 'node:worker_threads'; const { Module } = WebAssembly;" +
    "WebAssembly.Module = new Proxy(Module, { construct() { throw new Error('it compiles') } });" +
    "const { serveMining } = await import('${import.meta.resolve('@chartseal/emr-ledger/worker')}');" +
    "serveMining({ post: m => parentPort.postMessage(m), listen: f => parentPort.on('message', f) })"
  const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(body)))
  worker.postMessage({ kind: 'engine', module: defaultEngine().module, turbo: true })
  const job = { prefix: new Uint8Array(76), target: new Uint8Array(32).fill(1), from: 0n, last: 9999n, chunkNonces: 99 }
  worker.postMessage({ kind: 'search', job, stride: { index: 0, threads: 1 }, shared: null })
  for await (const [answer] of (await import('node:events')).on(worker, 'message')) {
    if (answer.kind === 'count') continue
    process.stdout.write(answer.reason ?? answer.kind)
    break
  }
  await worker.terminate()
`

async function hit(): Promise<{ nonce: bigint; hash: Uint8Array }> {
  const { nonce, blockId } = await findNonce(easy)
  return { nonce, hash: blockId }
}

describe('a worker that dies', () => {
  it('ends the search with a typed error, and the next search starts new workers', async () => {
    const { miner, workers } = fakes(2)
    const search = miner.findNonce(easy)
    workers[1]?.die('it ended with code 3')
    expect(await codeOf(() => search)).toBe('ledger/worker-failed')
    expect(workers.map(worker => worker.terminated)).toEqual([true, true])
    const again = miner.findNonce(easy)
    expect(workers).toHaveLength(4)
    const found = await hit()
    for (const worker of workers.slice(2)) worker.answer({ kind: 'done', hit: found })
    expect((await again).nonce).toBe(found.nonce)
    workers[0]?.die('late news of a worker that is gone')
    expect(workers[2]?.terminated).toBe(false)
    miner.close()
  })

  it('replaces a worker that dies between two searches', async () => {
    const { miner, workers } = fakes(1)
    const first = miner.findNonce(easy)
    workers[0]?.answer({ kind: 'done', hit: await hit() })
    await first
    workers[0]?.die('idle')
    const second = miner.findNonce(easy)
    workers[1]?.answer({ kind: 'done', hit: await hit() })
    expect((await second).workers).toBe(1)
    miner.close()
  })

  it('reports a worker whose engine failed', async () => {
    const { miner, workers } = fakes(1)
    const search = miner.findNonce(easy)
    workers[0]?.answer({ kind: 'failed', reason: 'Error: no memory' })
    await expect(search).rejects.toMatchObject({
      code: 'ledger/worker-failed',
      context: { reason: 'Error: no memory' },
    })
  })

  it('reports a worker that cannot start', async () => {
    let started = 0
    const workers: FakeWorker[] = []
    const startWorker = (): FakeWorker => {
      if (started++ > 0) throw new Error('forbidden by the content-security policy')
      workers.push(fakeWorker())
      return workers[0] ?? fakeWorker()
    }
    const miner = new Miner({ workers: 2, startWorker })
    expect(await codeOf(() => miner.findNonce(easy))).toBe('ledger/worker-failed')
    expect(workers[0]?.terminated).toBe(true)
  })

  it('answers a job that its engine refuses with a failure (real body)', async () => {
    const worker = startLocalWorker()
    const told = new Promise(resolve => worker.listen(resolve, () => {}))
    const job = { prefix: new Uint8Array(), target: new Uint8Array(1), from: 0n, last: 9n, chunkNonces: 10 }
    worker.post({ kind: 'engine', module: null, turbo: false })
    worker.post({ kind: 'search', job, stride: { index: 0, threads: 1 }, shared: null })
    expect(await told).toMatchObject({ kind: 'failed', reason: expect.stringContaining('target') })
  })

  it('answers a search before its engine, and a module that is not an engine, with failures (real body)', async () => {
    const emptyModule = new WebAssembly.Module(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))
    for (const module of [undefined, emptyModule]) {
      const worker = startLocalWorker()
      const told = new Promise(resolve => worker.listen(resolve, () => {}))
      const job = {
        prefix: new Uint8Array(),
        target: new Uint8Array(32),
        from: 0n,
        last: 9n,
        chunkNonces: 10,
      }
      if (module !== undefined) worker.post({ kind: 'engine', module, turbo: false })
      worker.post({ kind: 'search', job, stride: { index: 0, threads: 1 }, shared: null })
      expect(await told).toMatchObject({ kind: 'failed', reason: expect.stringContaining('engine') })
    }
  })

  it('does not believe a worker whose hit is wrong', async () => {
    const { miner, workers } = fakes(1)
    const search = miner.findNonce(easy)
    workers[0]?.answer({ kind: 'done', hit: { nonce: 0n, hash: new Uint8Array(32) } })
    await expect(search).rejects.toThrow(/^internal/)
  })
})

describe('workers', () => {
  it('keeps workers busy while they search and idle after, and sends them hits and the end', async () => {
    const { miner, workers } = fakes(2)
    const controller = new AbortController()
    const search = miner.findNonce(easy, { signal: controller.signal })
    expect(workers.map(worker => worker.busy)).toEqual([true, true])
    workers[0]?.answer({ kind: 'count', nonces: 7 })
    const found = await hit()
    workers[0]?.answer({ kind: 'done', hit: found })
    workers[1]?.answer({ kind: 'done', hit: null })
    expect(await search).toMatchObject({ nonce: found.nonce, hashes: 7n })
    expect(workers.map(worker => worker.busy)).toEqual([false, false])
    expect(workers[1]?.received.map(message => message.kind)).toEqual(['engine', 'search', 'best'])
    controller.abort()
    expect(workers[1]?.received).toHaveLength(3)
    miner.close()
  })

  it('sends workers the compiled module of the caller’s engine, once for as many searches as use it', async () => {
    const { miner, workers } = fakes(1)
    const [js, turbo] = [createJsEngine(), createWasmEngine({ turbo: true })]
    const given: unknown[] = []
    for (const engine of [defaultEngine(), defaultEngine(), js, js, turbo]) {
      const search = miner.findNonce(easy, { engine })
      workers[0]?.answer({ kind: 'done', hit: await hit() })
      await search
      given.push(workers[0]?.received.filter(message => message.kind === 'engine').length)
    }
    expect(workers[0]?.received[0]).toEqual({ kind: 'engine', module: defaultEngine().module, turbo: false })
    expect(given).toEqual([1, 1, 2, 2, 3])
    expect(workers[0]?.received.at(-3)).toEqual({ kind: 'engine', module: turbo.module, turbo: true })
    miner.close()
  })

  it('sends new workers the compiled module, too', async () => {
    const { miner, workers } = fakes(1)
    const lost = miner.findNonce(easy)
    workers[0]?.die('gone')
    await expect(lost).rejects.toThrow('gone')
    const search = miner.findNonce(easy)
    workers[1]?.answer({ kind: 'done', hit: await hit() })
    await search
    expect(workers[1]?.received.map(message => message.kind)).toEqual(['engine', 'search', 'best'])
    miner.close()
  })

  it('compiles nothing in workers: a thread whose compiler is gone mines with the module that it is sent', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', compilerGone], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      timeout: patienceMs,
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'done', stderr: '' })
  })

  it('mines on this thread where the platform has no workers', async () => {
    using miner = new Miner({ workers: 2, startWorker: () => null })
    expect((await mineBlock(firstDraft(), { miner })).workers).toBe(0)
  })
})
