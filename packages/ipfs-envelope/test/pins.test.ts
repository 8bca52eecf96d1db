/** Enough whole copies of a blob, whatever the stores do. */

import { importCar } from '@chartseal/ipfs-envelope/car'
import {
  keepPins,
  type PinPolicy,
  planPins,
  type Replica,
  type ReplicaState,
  type ReplicaStore,
} from '@chartseal/ipfs-envelope/pins'
import { blobStore } from '@chartseal/ipfs-envelope/unixfs'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapBlocks } from './stores.js'

const policy: PinPolicy = { replicas: 2, checkEveryMs: 1000 }
const content = new Uint8Array(2_200_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)

const replica = (store: string, state: ReplicaState | null, checkedMs = 5000, writable = true): Replica => ({
  store,
  state,
  checkedMs,
  writable,
})

describe('a plan', () => {
  it('checks what was never checked, what was checked long ago, and what was checked in the future', () => {
    const replicas = [
      replica('never', null),
      replica('long ago', 'whole', 4000),
      replica('just now', 'whole', 4001),
      replica('in the future', 'whole', 5001),
    ]
    expect(planPins(policy, replicas, 5000).steps).toEqual(
      ['never', 'long ago', 'in the future'].map(store => ({ kind: 'check', store })),
    )
  })

  it('mends what is damaged before it copies elsewhere, and copies no more than it has to', () => {
    const replicas = [
      replica('a', 'absent'),
      replica('b', 'unreachable'),
      replica('c', 'whole'),
      replica('d', 'damaged'),
      replica('e', 'absent'),
    ]
    expect(planPins(policy, replicas, 5000)).toEqual({
      steps: [{ kind: 'copy', from: 'c', to: 'd' }],
      whole: 1,
      missing: 0,
    })
    expect(planPins({ ...policy, replicas: 5 }, replicas, 5000)).toEqual({
      steps: ['d', 'a', 'e'].map(to => ({ kind: 'copy', from: 'c', to })),
      whole: 1,
      missing: 1,
    })
  })

  it('copies from nowhere and to nobody who takes nothing', () => {
    expect(planPins(policy, [replica('a', 'damaged'), replica('b', 'absent')], 5000)).toEqual({
      steps: [],
      whole: 0,
      missing: 2,
    })
    const readOnly = [replica('a', 'whole'), replica('b', 'absent', 5000, false)]
    expect(planPins(policy, readOnly, 5000)).toEqual({ steps: [], whole: 1, missing: 1 })
  })

  it.each([
    { replicas: 0, checkEveryMs: 1 },
    { replicas: 1.5, checkEveryMs: 1 },
    { replicas: 1, checkEveryMs: -1 },
    { replicas: 1, checkEveryMs: Number.NaN },
  ])('is not made for $replicas replicas, checked every $checkEveryMs ms', wrong => {
    expect(() => planPins(wrong, [], 0)).toThrow(RangeError)
  })
})

interface World {
  readonly cid: string
  readonly maps: ReadonlyMap<string, Map<string, Uint8Array>>
  readonly stores: Map<string, ReplicaStore>
}

/** Stores by name, of which the first has a blob. */
async function world(...names: readonly string[]): Promise<World> {
  const maps = new Map(names.map(name => [name, new Map<string, Uint8Array>()]))
  const cid = await blobStore(mapBlocks(maps.get(names[0] ?? '') ?? new Map())).put(content)
  return { cid, maps, stores: new Map([...maps].map(([name, map]) => [name, storeOver(map)])) }
}

function storeOver(map: Map<string, Uint8Array>): ReplicaStore {
  const blocks = mapBlocks(map)
  return { blocks, keeps: cid => blocks.has(cid), receive: car => importCar(car, blocks) }
}

const run = (w: World, more: Partial<PinPolicy> = {}): Parameters<typeof keepPins>[0] => ({
  cid: w.cid,
  stores: w.stores,
  policy: { ...policy, ...more },
  clock: fixedClock(5000),
})

describe('keeping a blob', () => {
  it('copies it until enough stores have it, and then leaves it alone', async () => {
    const w = await world('a', 'b', 'c')
    const first = await keepPins(run(w))
    expect(first).toMatchObject({ whole: 2, missing: 0 })
    expect(first.replicas.map(({ state }) => state)).toEqual(['whole', 'whole', 'absent'])
    expect([...(w.maps.get('b') ?? [])].length).toBe(4)
    w.stores.set('a', { ...storeOver(new Map()), keeps: () => Promise.reject(new Error('asked again')) })
    expect(await keepPins(run(w), first.replicas)).toEqual(first)
  })

  it('finds damage wherever it is, and mends it from a whole copy', async () => {
    const w = await world('a', 'b')
    await keepPins(run(w))
    const broken = w.maps.get('a') ?? new Map<string, Uint8Array>()
    for (const [name, block] of [...broken]) {
      broken.set(name, block.slice(1))
      expect(await keepPins(run(w))).toMatchObject({ whole: 2, missing: 0 })
      expect(Buffer.compare(broken.get(name) ?? content, block)).toBe(0)
      broken.delete(name)
      expect(await keepPins(run(w))).toMatchObject({ whole: 2, missing: 0 })
    }
  })

  it('says what is missing when stores are away, lie or take nothing', async () => {
    const w = await world('a', 'away', 'deaf', 'gateway')
    const away = (): Promise<never> => Promise.reject(new Error('the network is down'))
    w.stores.set('away', { blocks: { get: away, has: away }, keeps: away, receive: away })
    w.stores.set('deaf', { ...storeOver(new Map()), receive: async () => undefined })
    w.stores.set('gateway', { ...storeOver(new Map()), receive: null })
    const outcome = await keepPins(run(w, { replicas: 4 }))
    expect(outcome).toMatchObject({ whole: 1, missing: 3 })
    expect(outcome.replicas.map(({ state }) => state)).toEqual(['whole', 'unreachable', 'absent', 'absent'])
  })

  it('does not go on when a copy is refused, or all copies are gone', async () => {
    const w = await world('a', 'full')
    const full = (): Promise<never> => Promise.reject(new Error('the disk is full'))
    w.stores.set('full', { ...storeOver(new Map()), receive: full })
    expect(await keepPins(run(w))).toMatchObject({ whole: 1, missing: 1 })
    w.maps.get('a')?.clear()
    expect(await keepPins(run(w))).toMatchObject({ whole: 0, missing: 2 })
  })

  it('refuses what is no CID', async () => {
    const w = await world('a')
    expect(await codeOf(() => keepPins({ ...run(w), cid: 'scan.dcm' }))).toBe('envelope/bad-cid')
  })

  it('ends with as many whole copies as can be, from any damage', async () => {
    const harm = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 3 }), fc.boolean()), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(harm, async harms => {
        const w = await world('a', 'b', 'c')
        await keepPins(run(w, { replicas: 3 }))
        for (const [store, block, changed] of harms) {
          const map = [...w.maps.values()][store] ?? new Map<string, Uint8Array>()
          const [name = '', bytes = content] = [...map][block] ?? []
          if (changed && map.has(name)) map.set(name, bytes.slice(1))
          else map.delete(name)
        }
        const untouched = [0, 1, 2].filter(store => !harms.some(([harmed]) => harmed === store)).length
        const { whole, missing } = await keepPins(run(w, { replicas: 3 }))
        expect([whole, missing]).toEqual(untouched > 0 ? [3, 0] : [0, 3])
      }),
      propertyRuns(20, 6),
    )
  })
})
