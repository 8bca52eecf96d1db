import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { findNonce, headerOf, Miner, type MiningProgress, mineBlock } from '@chartseal/emr-ledger/v1'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { firstDraft } from './helpers.js'
import { type FakeWorker, fakeWorker, startLocalWorker } from './threads.js'

const endless = headerOf(firstDraft({ difficulty: 2n ** 128n - 1n }))
const easy = headerOf(firstDraft({ difficulty: 500n }))

/** A miner whose workers do what the test says. */
function fakes(count: number): { miner: Miner; workers: FakeWorker[] } {
  const workers: FakeWorker[] = []
  const startWorker = (): FakeWorker => {
    const worker = fakeWorker()
    workers.push(worker)
    return worker
  }
  return { miner: new Miner({ workers: count, startWorker, sharesMemory: false }), workers }
}

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

  it('between two searches is replaced', async () => {
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

  it('of its own engine says so', async () => {
    const { miner, workers } = fakes(1)
    const search = miner.findNonce(easy)
    workers[0]?.answer({ kind: 'failed', reason: 'Error: no memory' })
    await expect(search).rejects.toMatchObject({
      code: 'ledger/worker-failed',
      context: { reason: 'Error: no memory' },
    })
  })

  it('or that cannot start is told too', async () => {
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

  it('real body: a job that its engine refuses comes back as a failure', async () => {
    const worker = startLocalWorker()
    const told = new Promise(resolve => worker.listen(resolve, () => {}))
    const job = { prefix: new Uint8Array(), target: new Uint8Array(1), from: 0n, last: 9n, chunkNonces: 10 }
    worker.post({ kind: 'search', job, stride: { index: 0, threads: 1 }, engine: 'js', shared: null })
    expect(await told).toMatchObject({ kind: 'failed' })
  })

  it('or lies is not believed', async () => {
    const { miner, workers } = fakes(1)
    const search = miner.findNonce(easy)
    workers[0]?.answer({ kind: 'done', hit: { nonce: 0n, hash: new Uint8Array(32) } })
    await expect(search).rejects.toThrow(/^internal/)
  })
})

describe('workers', () => {
  it('are busy while they search and idle after, and hear of hits and of the end', async () => {
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
    expect(workers[1]?.received.map(message => message.kind)).toEqual(['search', 'best'])
    controller.abort()
    expect(workers[1]?.received).toHaveLength(2)
    miner.close()
  })

  it('take the kind of engine that the caller took', async () => {
    const { miner, workers } = fakes(1)
    const engine: Engine = { ...defaultEngine(), name: 'js' }
    const search = miner.findNonce(easy, { engine })
    expect(workers[0]?.received[0]).toMatchObject({ engine: 'js' })
    workers[0]?.answer({ kind: 'done', hit: await hit() })
    await search
    miner.close()
  })

  it('where there are none, this thread mines', async () => {
    using miner = new Miner({ workers: 2, startWorker: () => null })
    expect((await mineBlock(firstDraft(), { miner })).workers).toBe(0)
  })
})

describe('stopping', () => {
  it.each([true, false])(
    'a signal ends the search and leaves the miner usable (shared: %s)',
    async shared => {
      using miner = new Miner({ workers: 2, sharesMemory: shared, startWorker: startLocalWorker })
      const controller = new AbortController()
      const { signal } = controller
      const last = shared ? 20_000n : undefined
      const search = miner.findNonce(endless, { signal, chunkNonces: 100, ...(last ? { last } : {}) })
      setImmediate(() => controller.abort(new Error('enough')))
      await expect(search).rejects.toThrow('enough')
      expect((await miner.findNonce(easy)).nonce).toBe((await findNonce(easy)).nonce)
    },
  )

  it('a signal ends real threads', async () => {
    using miner = new Miner({ workers: 2 })
    const signal = AbortSignal.timeout(30)
    await expect(miner.findNonce(endless, { signal })).rejects.toThrow(/timeout/)
    expect((await miner.findNonce(easy)).nonce).toBe((await findNonce(easy)).nonce)
  })

  it('a signal ends the search on this thread, which lets others run meanwhile', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 5)
    await expect(findNonce(endless, { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('an aborted signal starts nothing', async () => {
    const { miner, workers } = fakes(1)
    const signal = AbortSignal.abort(new Error('before'))
    await expect(miner.findNonce(easy, { signal })).rejects.toThrow('before')
    await expect(findNonce(easy, { signal })).rejects.toThrow('before')
    expect(workers).toHaveLength(0)
  })

  it('close ends the search, and a closed miner throws', async () => {
    const { miner } = fakes(1)
    const search = miner.findNonce(easy)
    miner.close()
    await expect(search).rejects.toMatchObject({ name: 'AbortError' })
    await expect(miner.findNonce(easy)).rejects.toThrow(TypeError)
  })

  it('one search at a time', async () => {
    const { miner } = fakes(1)
    const first = miner.findNonce(easy)
    await expect(miner.findNonce(easy)).rejects.toThrow(/busy/)
    miner.close()
    await expect(first).rejects.toThrow()
  })

  it.each([0, 257, 1.5])('%s workers are the caller’s mistake', workers => {
    expect(() => new Miner({ workers })).toThrow(RangeError)
  })
})

describe('progress', () => {
  it('tells hashes, rate and expectation at the end', async () => {
    const seen: MiningProgress[] = []
    const clock = fixedClock(1_000)
    const { hashes } = await findNonce(easy, { clock, onProgress: progress => void seen.push(progress) })
    expect(seen.at(-1)).toEqual({ hashes, hashesPerSecond: 0, expectedHashes: 500n })
  })

  it('comes while the search goes on', async () => {
    const controller = new AbortController()
    const seen: MiningProgress[] = []
    const onProgress = (progress: MiningProgress): void => {
      seen.push(progress)
      controller.abort(new Error('seen'))
    }
    await expect(findNonce(endless, { signal: controller.signal, onProgress })).rejects.toThrow('seen')
    expect(seen[0]?.hashes).toBeGreaterThan(0n)
    expect(seen[0]?.hashesPerSecond).toBeGreaterThan(0)
  })
})
