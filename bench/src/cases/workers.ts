/** What a second worker brings, and whether the answer stays the same. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { findNonce, type HashedHeader, Miner, type NonceOptions } from '@chartseal/emr-ledger/v1'
import type { Fact } from '../facts.js'
import { type Case, type Contender, costOf } from '../measure.js'
import { notebookHeader } from '../notebook.js'
import { pattern } from '../pattern.js'

type Find = (header: HashedHeader, options: NonceOptions) => Promise<{ readonly nonce: bigint }>

const nonces = 2 ** 21

/** No nonce satisfies it. */
const endless: HashedHeader = { ...notebookHeader, difficulty: 2n ** 128n - 1n }

export const workers = async (): Promise<readonly Case[]> => [
  {
    id: 'workers',
    title: `Proof of work, 0 records, ${nonces} nonces at a time on workers`,
    unit: 'MH/s',
    perUnit: nonces / 1e6,
    contenders: [searcher('this thread', findNonce, () => undefined), pool(1), pool(2)],
  },
]

function pool(count: number): Contender {
  const miner = new Miner({ workers: count })
  const name = count === 1 ? '1 worker' : `${count} workers`
  return searcher(
    name,
    (header, options) => miner.findNonce(header, options),
    () => miner.close(),
  )
}

function searcher(name: string, find: Find, close: () => void): Contender {
  return {
    name,
    answer: async () => encodeUtf8(`${(await find(notebookHeader, {})).nonce}`),
    work: amount => costOf(() => searchInVain(find, BigInt(amount * nonces) - 1n)),
    close,
  }
}

async function searchInVain(find: Find, last: bigint): Promise<void> {
  try {
    await find(endless, { last })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ledger/nonces-exhausted') return
    throw error
  }
  throw new Error('a nonce satisfies the target that none should')
}

/** The lowest nonce by 1 to 4 workers and three sizes of chunks, for blocks of 0 and 25 records. */
export async function lowestNonces(): Promise<readonly Fact[]> {
  const txids = Array.from({ length: 25 }, (_, i) => pattern(32 + i).subarray(i))
  const headers = [notebookHeader, { ...notebookHeader, txids }]
  let asked = 0
  let same = 0
  for (const header of headers) {
    const { nonce } = await findNonce(header)
    for (const workers of [1, 2, 3, 4]) {
      using miner = new Miner({ workers })
      for (const chunkNonces of [777, 1_024, 65_536]) {
        asked += 1
        if ((await miner.findNonce(header, { chunkNonces })).nonce === nonce) same += 1
      }
    }
  }
  return [
    { id: 'lowest-asked', title: 'lowest nonce by 1 to 4 workers: searches', value: asked, unit: '' },
    { id: 'lowest-same', title: '… with the same answer as one thread', value: same, unit: '' },
  ]
}
