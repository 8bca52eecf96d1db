import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Committer, mostWaitingWrites } from '../dist/clinic/committer.js'
import { type Store, storeError, type Tables } from '../dist/store.js'

/** A store whose transactions do what they are told, and count. */
function fakeStore(inTx: (work: (tables: Tables) => Promise<unknown>) => Promise<unknown>) {
  const state = { attempts: 0 }
  const store = {
    inTx: async (work: (tables: Tables) => Promise<unknown>) => {
      state.attempts++
      return inTx(work)
    },
  } as unknown as Store
  return { store, state }
}

const tables = {} as Tables
const outcomes = async (all: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(all)).map(one => (one.status === 'fulfilled' ? one.value : one.reason.code))

describe('writes of one moment', () => {
  it('fail together, after one attempt, when the store fails: also those that wait behind', async () => {
    for (const error of [
      storeError('store/failed', { reason: 'connection' }),
      storeError('store/busy', { attempts: 24 }),
      storeError('store/damaged', { reason: '11' }),
    ]) {
      const { store, state } = fakeStore(async () => {
        throw error
      })
      const writes = new Committer(store)
      const told = await outcomes(Array.from({ length: 200 }, () => writes.commit(async () => 1)))
      expect(new Set(told)).toEqual(new Set([error.code]))
      expect(state.attempts).toBe(1)
    }
  })

  it('are tried one by one when one of them is at fault', async () => {
    const constraint = storeError('store/failed', { reason: 'SQLITE_CONSTRAINT' })
    const { store, state } = fakeStore(work => work(tables))
    const writes = new Committer(store)
    const works = [1, new TypeError('of work'), 3, constraint, 5]
    const told = await outcomes(
      works.map(one =>
        writes.commit(async () => {
          if (one instanceof Error) throw one
          return one
        }),
      ),
    )
    expect(told).toEqual([1, undefined, 3, 'store/failed', 5])
    expect(state.attempts).toBe(6)
  })

  it('stop being tried one by one when the store fails meanwhile', async () => {
    const failed = storeError('store/failed', { reason: 'SQLITE_FULL' })
    const { store, state } = fakeStore(async work => {
      const done = await work(tables)
      if (state.attempts > 2) throw failed
      return done
    })
    const writes = new Committer(store)
    const bad = (): Promise<never> => Promise.reject(new TypeError('of work'))
    const told = await outcomes([
      writes.commit(async () => 1),
      writes.commit(bad),
      writes.commit(async () => 3),
      writes.commit(async () => 4),
    ])
    expect(told).toEqual([1, undefined, 'store/failed', 'store/failed'])
    expect(state.attempts).toBe(4)
  })

  it('are refused when too many wait, and taken again later', async () => {
    let go = (): void => undefined
    const gate = new Promise<void>(resolve => {
      go = resolve
    })
    const { store } = fakeStore(async work => {
      await gate
      return work(tables)
    })
    const writes = new Committer(store)
    const first = writes.commit(async () => 0)
    await Promise.resolve()
    await Promise.resolve()
    const all = Array.from({ length: mostWaitingWrites }, (_, i) => writes.commit(async () => i))
    expect(await codeOf(() => writes.commit(async () => 1))).toBe('server/busy')
    expect(await codeOf(() => writes.requireRoom())).toBe('server/busy')
    go()
    expect((await Promise.all([first, ...all])).length).toBe(mostWaitingWrites + 1)
    expect(await writes.commit(async () => 7)).toBe(7)
  })
})
