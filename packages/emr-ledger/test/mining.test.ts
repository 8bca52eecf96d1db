import { toBigIntBE } from '@chartseal/core/bytes'
import { createJsEngine, defaultEngine } from '@chartseal/core/engine'
import {
  computeBlockId,
  findNonce,
  type HashedHeader,
  headerOf,
  Miner,
  maxNonce,
  mineBlock,
  targetOf,
  verifyBlock,
} from '@chartseal/emr-ledger/v1'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstDraft } from './helpers.js'
import { startLocalWorker } from './threads.js'

const isWeb = process.env['CHARTSEAL_PLATFORM'] === 'web'
const engines = [defaultEngine(), createJsEngine()]

const headers: fc.Arbitrary<HashedHeader> = fc.record({
  previous: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  miner: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  txids: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 25 }),
  timestamp: fc.bigInt(0n, maxNonce),
  difficulty: fc.bigInt(1n, 2_000n),
})

/** Nothing of the mining code: one hash after the other. */
function lowestByHand(header: HashedHeader, from: bigint): bigint | undefined {
  const target = targetOf(header.difficulty)
  for (let nonce = from; nonce <= maxNonce; nonce++) {
    if (toBigIntBE(computeBlockId(header, nonce)) <= target) return nonce
  }
  return undefined
}

const counts = fc.integer({ min: 1, max: 8 })
const chunks = fc.integer({ min: 1, max: 700 })

describe('the lowest satisfying nonce', () => {
  it.each(engines)('finds the lowest nonce on this thread, with the $name engine', async engine => {
    const starts = fc.constantFrom(0n, 1n, 2n ** 32n - 40n)
    await fc.assert(
      fc.asyncProperty(
        headers,
        starts,
        fc.integer({ min: 1, max: 700 }),
        async (header, from, chunkNonces) => {
          const found = await findNonce(header, { from, chunkNonces, engine })
          expect(found.nonce).toBe(lowestByHand(header, from))
          expect(found.hashes).toBe(found.nonce - from + 1n)
          expect(found.workers).toBe(0)
        },
      ),
      propertyRuns(25, 5),
    )
  })

  it('finds the same nonce on 1 to 8 workers, whatever the chunks, with shared memory and with messages', async () => {
    const starts = fc.oneof(
      fc.constant(0n),
      fc.bigInt(2n ** 32n - 2_000n, 2n ** 32n - 1n),
      fc.bigInt(0n, 2n ** 63n),
    )
    await fc.assert(
      fc.asyncProperty(headers, starts, counts, chunks, fc.boolean(), async (header, from, ...how) => {
        const [workers, chunkNonces, sharesMemory] = how
        using miner = new Miner({ workers, sharesMemory, startWorker: startLocalWorker })
        const together = await miner.findNonce(header, { from, chunkNonces })
        const nonce = lowestByHand(header, from) ?? 0n
        expect(together).toMatchObject({ nonce, blockId: computeBlockId(header, nonce), workers })
        expect(together.hashes).toBeGreaterThanOrEqual((nonce - from + 1n) / BigInt(workers))
      }),
      propertyRuns(40, 6),
    )
  })

  it('finds the same nonce, or the same refusal, on 1 to 8 workers at the end of the range', async () => {
    const outcome = (search: Promise<{ nonce: bigint }>): Promise<unknown> =>
      search.then(
        found => found.nonce,
        error => error.code,
      )
    await fc.assert(
      fc.asyncProperty(headers, fc.bigInt(0n, 3_000n), counts, chunks, async (header, left, ...how) => {
        const [workers, chunkNonces] = how
        using miner = new Miner({ workers, startWorker: startLocalWorker })
        const from = maxNonce - left
        const expected = lowestByHand(header, from) ?? 'ledger/nonces-exhausted'
        expect(await outcome(miner.findNonce(header, { from, chunkNonces }))).toBe(expected)
        expect(await outcome(findNonce(header, { from, chunkNonces }))).toBe(expected)
      }),
      propertyRuns(40, 6),
    )
  })

  it.each([1, 2, 3, 4])(
    'finds the same nonce on %i threads of the platform, used again and again',
    async workers => {
      for (const sharesMemory of [!isWeb, false]) {
        using miner = new Miner({ workers, sharesMemory })
        for (let i = 0; i < 4; i++) {
          const draft = firstDraft({ timestamp: BigInt(i), difficulty: 3_000n })
          const chunkNonces = 50 + 37 * i
          const { block, workers: used } = await mineBlock(draft, { miner, chunkNonces })
          expect(block.nonce).toBe((await findNonce(headerOf(draft))).nonce)
          verifyBlock(block)
          // There is no global Worker in Node, so the web platform mines on this thread.
          expect(used).toBe(isWeb ? 0 : workers)
        }
      }
    },
  )

  it.each(engines)('reproduces the block of the notebook with the $name engine', async engine => {
    const miner = Uint8Array.from(Buffer.from('0123456789abcdef0123456789abcdef01234567', 'hex'))
    const draft = firstDraft({ miner, difficulty: 100_000n })
    expect((await mineBlock(draft, { engine })).block.nonce).toBe(5_687n)
    const from = engine.name === 'js' ? 310_000n : 5_688n
    expect((await findNonce(headerOf(draft), { engine, from })).nonce).toBe(315_132n)
  })
})

describe('the end of the range', () => {
  const hard = headerOf(firstDraft({ difficulty: 2n ** 128n - 1n }))

  it('reports the end of the range by its code', async () => {
    const from = maxNonce - 5_000n
    expect(await codeOf(() => findNonce(hard, { from }))).toBe('ledger/nonces-exhausted')
    using miner = new Miner({ workers: 3, startWorker: startLocalWorker })
    expect(await codeOf(() => miner.findNonce(hard, { from, chunkNonces: 999 }))).toBe(
      'ledger/nonces-exhausted',
    )
  })

  it('tries the last nonce of the range as well', async () => {
    const easy = headerOf(firstDraft({ difficulty: 1n }))
    expect((await findNonce(easy, { from: maxNonce })).nonce).toBe(maxNonce)
    using miner = new Miner({ workers: 2, startWorker: startLocalWorker })
    expect((await miner.findNonce(easy, { from: maxNonce })).nonce).toBe(maxNonce)
    const header = headerOf(firstDraft({ difficulty: 1_000n }))
    const { nonce } = await findNonce(header)
    expect((await miner.findNonce(header, { last: nonce, chunkNonces: 7 })).nonce).toBe(nonce)
    expect(await codeOf(() => miner.findNonce(header, { last: nonce - 1n, chunkNonces: 7 }))).toBe(
      'ledger/nonces-exhausted',
    )
  })

  it.each([
    { from: -1n },
    { last: maxNonce + 1n },
    { from: 2n, last: 1n },
    { chunkNonces: 0 },
    { chunkNonces: 1.5 },
  ])('throws for the options %o', async options => {
    await expect(findNonce(hard, options)).rejects.toThrow(RangeError)
  })
})

describe('easy blocks', () => {
  it('does not search easy blocks far past the hit', async () => {
    using miner = new Miner({ workers: 4, startWorker: startLocalWorker })
    const found = await miner.findNonce(headerOf(firstDraft({ difficulty: 10n })))
    expect(found.hashes).toBeLessThanOrEqual(4n * 1_024n)
  })

  it('searches at most a few chunks of each worker past the hit, at any number of workers', async () => {
    const chunkNonces = 100
    for (const workers of [1, 2, 3, 5, 8]) {
      using miner = new Miner({ workers, sharesMemory: false, startWorker: startLocalWorker })
      for (let i = 0; i < 5; i++) {
        const header = headerOf(firstDraft({ difficulty: 2_000n, timestamp: BigInt(i) }))
        const { nonce, hashes } = await miner.findNonce(header, { chunkNonces })
        expect(hashes).toBeLessThanOrEqual(nonce + 1n + BigInt(workers * 4 * chunkNonces))
      }
    }
  })
})
