import { openLeaf, openSubjectKeys } from '@chartseal/audit'
import { memoryKeyValue } from '@chartseal/core/memory'
import type { KeyValue } from '@chartseal/core/ports'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { copyOf, Outage, origin } from './entry-helpers.js'
import { clinic, patients, reads, recordFor, target } from './shred-helpers.js'

describe('subject keys', () => {
  it('are the same after reopening, one for each patient', async () => {
    const { store, logKeys, leaves } = await clinic()
    const keys = await openSubjectKeys({ store, logKeys })
    expect(await reads(keys, leaves)).toEqual([...patients, null])
    expect(openLeaf(await keys.keyOf(target), origin, leaves[1] ?? new Uint8Array(0))).toEqual(
      recordFor(target),
    )
    expect(await codeOf(() => keys.keyOf('Patient/nobody'))).toBe('audit/no-subject-key')
    expect((await keys.all()).length).toBe(4)
    keys.close()
    await expect(keys.all()).rejects.toThrow(TypeError)
  })

  it('makes one key however many ask for it at once', async () => {
    const keys = await openSubjectKeys({ store: memoryKeyValue(), logKeys: memoryKeyValue() })
    const loaded = await Promise.all(Array.from({ length: 5 }, () => keys.load('Patient/new', true)))
    expect(new Set(loaded.map(({ key }) => key)).size).toBe(1)
  })

  it('shows no patient in names or lengths of the store', async () => {
    const { store, logKeys } = await clinic()
    const keys = await openSubjectKeys({ store, logKeys })
    await keys.load('Patient/with-a-very-long-name-indeed-0123456789', true)
    const names = await store.keys()
    expect(names.every(name => /^subject\/0000000001\/[0-9a-f]{32}$/.test(name))).toBe(true)
    const sizes = await Promise.all(names.map(async name => (await store.get(name))?.length))
    expect(new Set(sizes)).toEqual(new Set([56 + 256 + 16]))
  })

  it('refuses a store of another log key, an old one, an empty one, a changed one', async () => {
    const { store, logKeys } = await clinic()
    const other = await clinic()
    await (await openSubjectKeys(other)).shred(target)
    const open = (stores: { store: KeyValue; logKeys: KeyValue }) => () => openSubjectKeys(stores)
    expect(await codeOf(open({ store, logKeys: other.logKeys }))).toBe('audit/stale-key-store')
    expect(await codeOf(open({ store: memoryKeyValue(), logKeys }))).toBe('audit/stale-key-store')
    expect(await codeOf(open({ store, logKeys: memoryKeyValue() }))).toBe('audit/stale-key-store')
    const [name = ''] = await store.keys()
    await store.put(name, new Uint8Array(328))
    expect(await codeOf(async () => (await openSubjectKeys({ store, logKeys })).all())).toBe(
      'audit/bad-key-store',
    )
    for (const [key, value] of [
      ['log-key/0000000001', 31],
      ['log-key/x', 32],
      ['log-key/0000000007', 32],
      ['pending', 3],
    ] as const) {
      const bad = await copyOf(logKeys, memoryKeyValue())
      await bad.put(key, new Uint8Array(value))
      expect(await codeOf(open({ store, logKeys: bad }))).toBe('audit/bad-key-store')
    }
  })
})

describe('making the stores', () => {
  it('interrupted at any call is finished on opening', async () => {
    let ended = false
    for (let failing = 0; !ended; failing++) {
      const [store, logKeys] = [memoryKeyValue(), memoryKeyValue()]
      const outage = new Outage(failing, failing % 2 === 0)
      ended = await openSubjectKeys({ store: outage.on(store), logKeys: outage.on(logKeys) }).then(
        () => true,
        () => false,
      )
      const keys = await openSubjectKeys({ store, logKeys })
      await keys.load(target, true)
      expect((await (await openSubjectKeys({ store, logKeys })).all()).length).toBe(2)
    }
  })
})
