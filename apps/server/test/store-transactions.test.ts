import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import type { Change, OpenedStore } from '../dist/store.js'
import { addDevice, bytes, emptyTarget, engine, newStore, open, roomy } from './store-world.js'

describe(`transactions on ${engine}`, () => {
  it('does all of it or nothing', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const failing = store.inTx(async tables => {
      await tables.settings.set('a', '1')
      await tables.mailboxes.deposit({ box, id: 'm', bytes: bytes(1), nowMs: 1 }, roomy)
      await tables.roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 })
      throw new RangeError('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store.settings.get('a')).toBeNull()
    expect(await store.mailboxes.find(box, 'm')).toBeNull()
    expect(await store.roster.latest()).toBeNull()
    const done = store.inTx(async tables => {
      await tables.settings.set('a', '1')
      return tables.settings.get('a')
    })
    expect(await done).toBe('1')
  })

  it('loses no step of many who read, count and write at once', async () => {
    const store = await newStore()
    await store.settings.set('count', '0')
    const counts = await Promise.all(
      Array.from({ length: 24 }, () =>
        store.inTx(async ({ settings }) => {
          const next = Number(await settings.get('count')) + 1
          await settings.set('count', `${next}`)
          return next
        }),
      ),
    )
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts.map((_, i) => i + 1))
    expect(await store.settings.get('count')).toBe('24')
  })

  const ofTwo = 'loses no step of two servers that count at once'
  const twoServers = async (): Promise<void> => {
    const target = await emptyTarget()
    const servers = [await open(target), await open(target)]
    await servers[0]?.settings.set('count', '0')
    const count = (store: OpenedStore): Promise<void> =>
      store.inTx(async ({ settings }) => settings.set('count', `${Number(await settings.get('count')) + 1}`))
    await Promise.all(servers.flatMap(store => Array.from({ length: 20 }, () => count(store))))
    expect(await servers[1]?.settings.get('count')).toBe('40')
  }
  if (engine === 'postgres') it(ofTwo, twoServers)

  it('does not let two through of whom each saw that nobody was there', async () => {
    const store = await newStore()
    const claim = (name: string, other: string) =>
      store.inTx(async ({ settings }) => {
        if ((await settings.get(other)) === null) await settings.set(name, 'mine')
      })
    await Promise.all([claim('a', 'b'), claim('b', 'a')])
    const both = [await store.settings.get('a'), await store.settings.get('b')]
    expect(both.filter(one => one === 'mine')).toHaveLength(1)
  })

  it('refuses a call to the store itself within one, instead of waiting for ever', async () => {
    const store = await newStore()
    await expect(store.inTx(() => store.settings.get('a'))).rejects.toThrow('through the argument')
    await expect(store.inTx(() => store.inTx(async () => 1))).rejects.toThrow('through the argument')
    expect(await store.settings.get('a')).toBeNull()
  })

  it('uses everything together: an invitation, the device it lets in, its first message', async () => {
    const store = await newStore()
    const hash = new Uint8Array(32)
    await store.invitations.add({ hash, role: 'patient', createdMs: 1, expiresMs: 9 })
    const enrol = (kid: string) =>
      store.inTx(async ({ invitations, devices }) => {
        const used = await invitations.use(hash, kid, 2)
        if (used === 'used') {
          await devices.add({ kid, role: 'patient', keys: bytes(1), box: `box-${kid}`, addedMs: 2 })
        }
        return used
      })
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => enrol(`kid-${i}`)))
    expect(answers.filter(answer => answer === 'used')).toHaveLength(1)
    expect(await store.devices.list({ limit: 10 })).toHaveLength(1)
  })

  it('leaves a fault of whoever calls as it is', async () => {
    const store = await newStore()
    const fault = new Error('a mistake in the caller')
    await expect(store.inTx(() => Promise.reject(fault))).rejects.toBe(fault)
  })

  it('tells after a while that others were always faster', async () => {
    const store = await newStore()
    const work = vi.fn(async () => {
      throw Object.assign(new Error('could not serialize'), { code: '40001', errcode: 5 })
    })
    await expect(store.inTx(work)).rejects.toMatchObject({ code: 'store/busy', context: { attempts: 24 } })
    expect(work).toHaveBeenCalledTimes(24)
  })
})

describe(`changes on ${engine}`, () => {
  /** Waits for what is told, as it comes from the database where that is PostgreSQL. */
  function heard(onChange: (listener: (change: Change) => void) => () => void) {
    const all: Change[] = []
    const stop = onChange(change => {
      if (change.kind !== 'resync') all.push(change)
    })
    const until = (count: number) => vi.waitFor(() => expect(all).toHaveLength(count), patience)
    return { all, stop, until }
  }

  it('are told after they are durable, once, and not when nothing was new', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const { all, until } = heard(store.onChange)
    const message = { box, id: 'm', bytes: bytes(1), nowMs: 1 }
    await store.mailboxes.deposit(message, roomy)
    await store.mailboxes.deposit(message, roomy)
    await store.roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 })
    await store.slots.put({ slot: 's', step: 'a', bytes: bytes(1), expiresMs: 9 }, 1, { steps: 4, all: 99 })
    await until(3)
    expect(all).toEqual([{ kind: 'mailbox', box }, { kind: 'roster' }, { kind: 'slot', slot: 's' }])
  })

  it('of a transaction are told with it, or never', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const { all, until } = heard(store.onChange)
    const deposit = (id: string) => ({ box, id, bytes: bytes(1), nowMs: 1 })
    const failing = store.inTx(async ({ mailboxes }) => {
      await mailboxes.deposit(deposit('a'), roomy)
      throw new RangeError('no')
    })
    await expect(failing).rejects.toThrow('no')
    await store.inTx(async ({ roster }) => roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 }))
    await until(1)
    expect(all).toEqual([{ kind: 'roster' }])
  })

  it('are told to nobody who has stopped to listen', async () => {
    const store = await newStore()
    const first = heard(store.onChange)
    const second = heard(store.onChange)
    first.stop()
    await store.roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 })
    await second.until(1)
    expect(first.all).toEqual([])
  })

  const others = 'come from another server on the same database'
  const onPostgres = async (): Promise<void> => {
    const target = await emptyTarget()
    const [here, there] = [await open(target), await open(target)]
    const { all, until } = heard(here.onChange)
    await there.roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 })
    await until(1)
    expect(all).toEqual([{ kind: 'roster' }])
  }
  if (engine === 'postgres') it(others, onPostgres)
})
