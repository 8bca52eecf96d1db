import { decodeHeader, encodeHeader, type LedgerIndex } from '@chartseal/emr-ledger'
import { ledgerIndexSuite } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import type { OpenedStore, StoreTarget } from '../dist/store.js'
import { bytes, emptyTarget, newStore, open } from './store-world.js'

const opened = new Map<LedgerIndex, { readonly store: OpenedStore; readonly target: StoreTarget }>()

async function openedAt(target: StoreTarget): Promise<LedgerIndex> {
  const store = await open(target)
  opened.set(store.ledger, { store, target })
  return store.ledger
}

const header = (height: bigint, salt: number) =>
  decodeHeader(
    encodeHeader({
      ledger: new Uint8Array(32).fill(1),
      height,
      previous: new Uint8Array(32).fill(2),
      recordsRoot: new Uint8Array(32),
      stateRoot: new Uint8Array(32),
      timestamp: BigInt(salt),
      difficulty: 1n,
      sealer: new Uint8Array(32),
      extra: new Uint8Array(40),
      nonce: 0n,
    }),
  )

ledgerIndexSuite('store', {
  make: async () => openedAt(await emptyTarget()),
  header,
  async reopen(index) {
    const found = [...opened.entries()].find(([one]) => one === index)
    if (found === undefined) throw new Error('an index of another test')
    const [, { store, target }] = found
    await store.close()
    return openedAt(target)
  },
})

describe('the index of the ledger in a store', () => {
  it('refuses a height that no chain gets to, and finds nothing from there on', async () => {
    const { ledger } = await newStore()
    const far = header(2n ** 60n, 1)
    await expect(
      ledger.write({ blocks: [{ id: far.id, header: far, entry: 0, weight: 1n }] }),
    ).rejects.toThrow(RangeError)
    expect([await ledger.blocksFrom(2n ** 60n, 5), await ledger.followed(2n ** 60n, 5)]).toEqual([[], []])
  })

  it('goes along when the store is copied, votes and all', async () => {
    const store = await newStore()
    const block = header(1n, 1)
    await store.ledger.write({
      blocks: [{ id: block.id, header: block, entry: 0, weight: 2n ** 200n }],
      followed: { from: 1n, ids: [block.id] },
      nodes: [{ hash: new Uint8Array(32).fill(3), bytes: bytes(4) }],
      tip: block.id,
      final: block.id,
      entries: 1,
      notes: [{ name: 'vote/1', value: bytes(9) }],
    })
    const copy = await emptyTarget()
    if (!('file' in copy)) return
    await store.snapshot(copy.file)
    const { ledger } = await open(copy)
    expect(await ledger.block(block.id)).toEqual({
      id: block.id,
      header: block,
      entry: 0,
      weight: 2n ** 200n,
    })
    expect(await ledger.head()).toEqual({ tip: block.id, final: block.id, entries: 1 })
    expect(await ledger.note('vote/1')).toEqual(bytes(9))
  })
})
