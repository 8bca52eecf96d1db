import { systemClock } from '@chartseal/core/system'
import { findNonce, headerOf, Miner, type MiningProgress, mineBlock } from '@chartseal/emr-ledger/v1'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { firstDraft } from './helpers.js'
import { fakes, startLocalWorker } from './threads.js'

const endless = headerOf(firstDraft({ difficulty: 2n ** 128n - 1n }))
const easy = headerOf(firstDraft({ difficulty: 500n }))

describe('stopping', () => {
  it.each([true, false])(
    'ends the search at a signal and leaves the miner usable (shared: %s)',
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

  it('ends real threads at a signal', async () => {
    using miner = new Miner({ workers: 2 })
    const signal = AbortSignal.timeout(30)
    await expect(miner.findNonce(endless, { signal })).rejects.toThrow(/timeout/)
    expect((await miner.findNonce(easy)).nonce).toBe((await findNonce(easy)).nonce)
  })

  it('ends the search on this thread at a signal, and lets others run meanwhile', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 5)
    await expect(findNonce(endless, { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('starts nothing under an aborted signal', async () => {
    const { miner, workers } = fakes(1)
    const signal = AbortSignal.abort(new Error('before'))
    await expect(miner.findNonce(easy, { signal })).rejects.toThrow('before')
    await expect(findNonce(easy, { signal })).rejects.toThrow('before')
    expect(workers).toHaveLength(0)
  })

  it('ends the search when it is closed, and throws afterwards', async () => {
    const { miner } = fakes(1)
    const search = miner.findNonce(easy)
    miner.close()
    await expect(search).rejects.toMatchObject({ name: 'AbortError' })
    await expect(miner.findNonce(easy)).rejects.toThrow(TypeError)
  })

  it('refuses a second search while one runs', async () => {
    const { miner } = fakes(1)
    const first = miner.findNonce(easy)
    await expect(miner.findNonce(easy)).rejects.toThrow(/busy/)
    miner.close()
    await expect(first).rejects.toThrow()
  })

  it.each([0, 257, 1.5])('throws a RangeError for %s workers', workers => {
    expect(() => new Miner({ workers })).toThrow(RangeError)
  })
})

describe('a deadline', () => {
  const soon = (): number => systemClock.nowMs() + 20

  it.each([true, false])(
    'ends real threads at a deadline, and leaves the miner usable (shared: %s)',
    async sharesMemory => {
      using miner = new Miner({ workers: 2, sharesMemory })
      const search = miner.findNonce(endless, { deadlineMs: soon() })
      await expect(search).rejects.toMatchObject({
        code: 'ledger/deadline',
        context: { hashes: expect.any(BigInt) },
      })
      expect((await miner.findNonce(easy)).nonce).toBe((await findNonce(easy)).nonce)
    },
  )

  it('ends the search on this thread at a deadline', async () => {
    expect(await codeOf(() => findNonce(endless, { deadlineMs: soon() }))).toBe('ledger/deadline')
    const draft = firstDraft({ difficulty: 2n ** 100n })
    expect(await codeOf(() => mineBlock(draft, { deadlineMs: soon() }))).toBe('ledger/deadline')
  })

  it('starts nothing after a deadline that has passed, and gives the signal’s reason first', async () => {
    const { miner, workers } = fakes(1)
    const clock = fixedClock(1_000)
    for (const deadlineMs of [1_000, 0, Number.NEGATIVE_INFINITY]) {
      expect(await codeOf(() => miner.findNonce(easy, { deadlineMs, clock }))).toBe('ledger/deadline')
      expect(await codeOf(() => findNonce(easy, { deadlineMs, clock }))).toBe('ledger/deadline')
    }
    const signal = AbortSignal.abort(new Error('before'))
    await expect(findNonce(easy, { deadlineMs: 0, signal })).rejects.toThrow('before')
    expect(workers).toHaveLength(0)
  })

  it('finds the same nonce under a deadline in the future, however far', async () => {
    const { nonce } = await findNonce(easy)
    for (const deadlineMs of [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      expect((await findNonce(easy, { deadlineMs })).nonce).toBe(nonce)
    }
    const clock = fixedClock(1_000)
    expect((await findNonce(easy, { deadlineMs: 1_001, clock })).nonce).toBe(nonce)
  })

  it('waits again when a timer fires before the deadline of the clock', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let nowMs = 0
    const { miner, workers } = fakes(1)
    const search = miner.findNonce(endless, { deadlineMs: 2 ** 31 + 5, clock: { nowMs: () => nowMs } })
    nowMs = 2 ** 31 - 1
    vi.advanceTimersByTime(2 ** 31 - 1)
    expect(workers[0]?.received.map(message => message.kind)).toEqual(['engine', 'search'])
    nowMs = 2 ** 31 + 5
    vi.advanceTimersByTime(6)
    expect(workers[0]?.received.at(-1)).toEqual({ kind: 'stop' })
    workers[0]?.answer({ kind: 'done', hit: null })
    expect(await codeOf(() => search)).toBe('ledger/deadline')
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    miner.close()
  })

  it.each([Number.NaN, '5', 5n, null])('throws a RangeError for the deadline %o', async deadlineMs => {
    const call = (): Promise<unknown> => Reflect.apply(findNonce, null, [easy, { deadlineMs }])
    await expect(call()).rejects.toThrow(RangeError)
  })
})

describe('progress', () => {
  it('reports hashes, rate and expectation at the end', async () => {
    const seen: MiningProgress[] = []
    const clock = fixedClock(1_000)
    const { hashes } = await findNonce(easy, { clock, onProgress: progress => void seen.push(progress) })
    expect(seen.at(-1)).toEqual({ hashes, hashesPerSecond: 0, expectedHashes: 500n, expectedMs: null })
  })

  it('reports progress while searching', async () => {
    const controller = new AbortController()
    const seen: MiningProgress[] = []
    const onProgress = (progress: MiningProgress): void => {
      seen.push(progress)
      controller.abort(new Error('seen'))
    }
    await expect(findNonce(endless, { signal: controller.signal, onProgress })).rejects.toThrow('seen')
    expect(seen[0]?.hashes).toBeGreaterThan(0n)
    expect(seen[0]?.hashesPerSecond).toBeGreaterThan(0)
    expect(seen[0]?.expectedMs).toBeGreaterThan(1e20)
  })
})
