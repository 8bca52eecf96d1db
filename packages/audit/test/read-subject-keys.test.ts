import { openSubjectKeys, readSubjectKeys } from '@chartseal/audit'
import { memoryKeyValue } from '@chartseal/core/memory'
import type { KeyValue } from '@chartseal/core/ports'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { copyOf, Outage } from './entry-helpers.js'
import { type Clinic, clinic, patients, target } from './shred-helpers.js'

/** A store that refuses to be changed. */
function frozen(store: KeyValue): KeyValue {
  const refuse = async (): Promise<never> => {
    throw new Error('a reader wrote')
  }
  return { get: key => store.get(key), keys: prefix => store.keys(prefix), put: refuse, delete: refuse }
}

const reader = ({ store, logKeys }: Pick<Clinic, 'store' | 'logKeys'>) =>
  readSubjectKeys({ store: frozen(store), logKeys: frozen(logKeys) })

describe('readSubjectKeys', () => {
  it('gives the keys that the owner has, and writes nothing', async () => {
    const made = await clinic()
    const owner = await openSubjectKeys(made)
    const keys = reader(made)
    for (const patient of [...patients, null]) {
      expect((await keys.keyOf(patient)).reveal()).toEqual((await owner.keyOf(patient)).reveal())
    }
    expect((await keys.all()).length).toBe(4)
    expect(await codeOf(() => keys.keyOf('Patient/nobody'))).toBe('audit/no-subject-key')
    await owner.shred(target)
    expect(await codeOf(() => keys.keyOf(target))).toBe('audit/shredded')
    expect((await keys.all()).length).toBe(3)
  })

  it('finishes no destruction that was interrupted, and gives that key to nobody', async () => {
    for (let failing = 0, ended = false; !ended; failing++) {
      const made = await clinic()
      const outage = new Outage(failing, true)
      ended = await openSubjectKeys({ store: outage.on(made.store), logKeys: outage.on(made.logKeys) })
        .then(keys => keys.shred(target))
        .then(
          () => true,
          () => false,
        )
      const [pending, generation] = await Promise.all([
        made.logKeys.get('pending'),
        made.logKeys.keys('log-key/'),
      ])
      const begun = pending !== null || generation[0] !== 'log-key/0000000001'
      const before = [await made.store.keys(), await made.logKeys.keys()]
      const keys = reader(made)
      const expected = begun ? 'audit/shredded' : 'accepted'
      expect([failing, await codeOf(() => keys.keyOf(target))]).toEqual([failing, expected])
      expect((await keys.all()).length).toBe(begun ? 3 : 4)
      expect(await codeOf(() => keys.keyOf('Patient/anna'))).toBe('accepted')
      expect([await made.store.keys(), await made.logKeys.keys()]).toEqual(before)
    }
  })

  it('reads again when a shredding replaced the log key meanwhile', async () => {
    const made = await clinic()
    const owner = await openSubjectKeys(made)
    let shredded = false
    const get = async (key: string): Promise<Uint8Array | null> => {
      if (!shredded && key.startsWith('subject/')) {
        shredded = true
        await owner.shred(target)
      }
      return made.store.get(key)
    }
    const keys = readSubjectKeys({ store: { ...made.store, get }, logKeys: made.logKeys })
    expect((await keys.keyOf('Patient/anna')).reveal()).toEqual((await owner.keyOf('Patient/anna')).reveal())
    shredded = false
    const racing = (await clinic()) satisfies Clinic
    const other = await openSubjectKeys(racing)
    const raced = async (key: string): Promise<Uint8Array | null> => {
      if (!shredded) {
        shredded = true
        await other.shred(target)
      }
      return racing.store.get(key)
    }
    const all = readSubjectKeys({ store: { ...racing.store, get: raced }, logKeys: racing.logKeys }).all()
    expect((await all).length).toBe(3)
  })

  it('refuses stores that do not belong together', async () => {
    const made = await clinic()
    const backup = await copyOf(made.store, memoryKeyValue())
    const empty = memoryKeyValue()
    expect(await codeOf(() => reader({ store: made.store, logKeys: empty }).all())).toBe(
      'audit/stale-key-store',
    )
    expect(await codeOf(() => reader({ store: empty, logKeys: made.logKeys }).all())).toBe(
      'audit/stale-key-store',
    )
    await (await openSubjectKeys(made)).shred(target)
    expect(await codeOf(() => reader({ store: backup, logKeys: made.logKeys }).all())).toBe(
      'audit/stale-key-store',
    )
    const two = await copyOf(made.logKeys, memoryKeyValue())
    await two.put('log-key/0000000009', new Uint8Array(32))
    expect(await codeOf(() => reader({ store: made.store, logKeys: two }).all())).toBe('audit/bad-key-store')
  })
})
