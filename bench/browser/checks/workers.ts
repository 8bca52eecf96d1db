/** The parallel miner on real workers: the lowest nonce, how they are told of each other's, stopping, failing. */
import { createJsEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { findNonce, type HashedHeader, Miner, type MiningProgress } from '@chartseal/emr-ledger/v1'
import { lowestNonces } from '../../dist/cases/workers.js'
import { notebookHeader } from '../../dist/notebook.js'
import type { Situation } from '../situation.js'
import type { Tally } from '../tally.js'
import { watchWorkers } from '../watch-workers.js'

const lowest = 5687n
/** No nonce satisfies it. */
const endless: HashedHeader = { ...notebookHeader, difficulty: 2n ** 128n - 1n }

export async function checkWorkers(tally: Tally, { workers }: Situation): Promise<void> {
  tally.same('cross-origin isolated', crossOriginIsolated, workers === 'by shared memory')
  if (workers === 'refused') return await checkRefusal(tally)
  await checkSharing(tally, workers === 'by shared memory')
  await tally.try('1 to 4 workers', () => checkLowest(tally))
  await tally.try('nonces that cross 2^32', () => checkHighNonces(tally))
  await tally.try('stopping', () => checkStopping(tally))
}

async function checkSharing(tally: Tally, shared: boolean): Promise<void> {
  for (const size of [1, 2, 3, 4]) {
    const watch = watchWorkers()
    try {
      using miner = new Miner({ workers: size })
      const found = await miner.findNonce(notebookHeader)
      tally.same(`${size} workers: the nonce`, found.nonce, lowest)
      tally.same(`${size} workers: how many searched`, found.workers, size)
      tally.same(`${size} workers: searches posted`, watch.searches(), size)
      tally.same(`${size} workers: with shared memory`, watch.searchesWithSharedMemory(), shared ? size : 0)
    } finally {
      watch.end()
    }
  }
}

async function checkLowest(tally: Tally): Promise<void> {
  const [asked, same] = await lowestNonces()
  tally.same('searches by 1 to 4 workers with three sizes of chunks', asked?.value, 24)
  tally.same('… with the answer of one thread', same?.value, 24)
  using miner = new Miner({ workers: 3 })
  const onJs = await miner.findNonce(notebookHeader, { engine: createJsEngine() })
  tally.same('the JavaScript engine in workers', onJs.nonce, lowest)
  if (!crossOriginIsolated) return
  using told = new Miner({ workers: 3, sharesMemory: false })
  tally.same('messages where memory could be shared', (await told.findNonce(notebookHeader)).nonce, lowest)
}

async function checkHighNonces(tally: Tally): Promise<void> {
  const from = 2n ** 32n - 5_000n
  const { nonce } = await findNonce(notebookHeader, { from })
  tally.holds('the nonce lies past 2^32', nonce > 2n ** 32n)
  using miner = new Miner({ workers: 4 })
  tally.same('past 2^32', (await miner.findNonce(notebookHeader, { from, chunkNonces: 999 })).nonce, nonce)
  const last = 2n ** 64n - 1n
  await tally.refuses('the end of the range', 'ledger/nonces-exhausted', () =>
    miner.findNonce(endless, { from: last - 100_000n, last }),
  )
}

async function checkStopping(tally: Tally): Promise<void> {
  using miner = new Miner({ workers: 2 })
  const reason = new Error('enough')
  for (const [who, find] of [
    [
      'workers',
      (header: HashedHeader, signal: AbortSignal) => miner.findNonce(header, { signal, onProgress }),
    ],
    ['this thread', (header: HashedHeader, signal: AbortSignal) => findNonce(header, { signal })],
  ] as const) {
    const abort = new AbortController()
    setTimeout(() => abort.abort(reason), 50)
    const outcome = await find(endless, abort.signal).catch((error: unknown) => error)
    tally.same(`${who}: a signal stops the search with its reason`, outcome, reason)
    await tally.refuses(`${who}: so does a deadline`, 'TimeoutError', () =>
      find(endless, AbortSignal.timeout(300)),
    )
  }
  await tally.refuses('a deadline by the clock', 'ledger/deadline', () =>
    miner.findNonce(endless, { deadlineMs: Date.now() + 100 }),
  )
  tally.holds(
    'progress was told',
    seen.some(({ hashes }) => hashes > 0n),
  )
  tally.same('the same workers go on', (await miner.findNonce(notebookHeader)).nonce, lowest)
  const search = miner.findNonce(endless)
  miner.close()
  await tally.refuses('closing ends a search', 'AbortError', () => search)
}

const seen: MiningProgress[] = []
const onProgress = (progress: MiningProgress): void => void seen.push(progress)

async function checkRefusal(tally: Tally): Promise<void> {
  using miner = new Miner({ workers: 2 })
  const outcome = await miner.findNonce(notebookHeader).catch((error: unknown) => error)
  tally.same('the code', outcome instanceof ChartsealError && outcome.code, 'ledger/worker-failed')
  tally.holds(`a readable reason: ${outcome}`, !/undefined|null|\[object|: \.$/.test(`${outcome}`))
  tally.note(`${outcome}`)
  tally.same('this thread mines all the same', (await findNonce(notebookHeader)).nonce, lowest)
}
