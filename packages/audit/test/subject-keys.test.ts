import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuditRecord,
  entryCodec,
  openLeaf,
  openSubjectKeys,
  type SubjectKeys,
  scanAll,
} from '@chartseal/audit/entries'
import { openBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { type FileKeyValue, openKeyValue } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import { memoryKeyValue } from '@chartseal/core/memory'
import type { KeyValue } from '@chartseal/core/ports'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { atMs, copyOf, countingRandom, Outage, origin, sample } from './entry-helpers.js'

const patients = ['Patient/anna', 'Patient/bert', 'Patient/cleo']
const target = 'Patient/bert'
const survivors = [null, 'Patient/anna', 'Patient/cleo']

interface Clinic {
  readonly store: KeyValue
  readonly logKeys: KeyValue
  readonly leaves: readonly Uint8Array[]
}

const recordFor = (patient: string | null): AuditRecord => ({ ...sample, patient })

/** A log with one entry for each patient and one for the system, in that order. */
async function clinic(): Promise<Clinic> {
  const stores = { store: memoryKeyValue(), logKeys: memoryKeyValue() }
  const keys = await openSubjectKeys({ ...stores, random: countingRandom() })
  const codec = entryCodec({ origin, keys, random: countingRandom() })
  const leaves: Uint8Array[] = []
  for (const [seq, patient] of [...patients, null].entries()) {
    const id = new Uint8Array(16).fill(seq)
    leaves.push(await codec.encode({ id, record: recordFor(patient) }, seq, atMs))
  }
  keys.close()
  return { ...stores, leaves }
}

async function reads(keys: SubjectKeys, leaves: readonly Uint8Array[]): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for await (const result of scanAll(await keys.all(), origin, leaves))
    if (result.kind === 'entry') found.push(result.record.patient)
  return found
}

/** Whether any key that is left opens any value of a store, whatever its name and generation. */
async function opensAnything({ logKeys }: Clinic, backup: KeyValue): Promise<boolean> {
  const label = encodeUtf8('chartseal/audit-key/v2')
  for (const keyName of await logKeys.keys('log-key/')) {
    using key = new AeadKey((await logKeys.get(keyName)) ?? new Uint8Array(0))
    for (const name of await backup.keys()) {
      const wrapped = (await backup.get(name)) ?? new Uint8Array(0)
      for (let generation = 1; generation < 5; generation++) {
        const context = Buffer.concat([
          label,
          Buffer.from([0, 0, 0, 0, 0, 0, 0, generation]),
          encodeUtf8(name),
        ])
        if ((await codeOf(() => openBytes(key, wrapped, context))) === 'accepted') return true
      }
    }
  }
  return false
}

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

describe('shredding', () => {
  it('leaves nothing that opens the patient’s entries, old backups included, and everything else', async () => {
    const made = await clinic()
    const backup = await copyOf(made.store, memoryKeyValue())
    const keys = await openSubjectKeys(made)
    const held = await keys.load(target, false)
    await keys.shred(target)
    expect(held.key.isWiped).toBe(true)
    for (const opened of [keys, await openSubjectKeys(made)]) {
      expect(await reads(opened, made.leaves)).toEqual(['Patient/anna', 'Patient/cleo', null])
      for (const act of [
        () => opened.keyOf(target),
        () => opened.load(target, true),
        () => opened.shred(target),
      ])
        expect(await codeOf(act)).toBe('audit/shredded')
      expect(await codeOf(() => opened.shred('Patient/nobody'))).toBe('audit/no-subject-key')
      expect(await codeOf(() => opened.shred(''))).toBe('audit/no-subject-key')
    }
    expect(await opensAnything(made, made.store)).toBe(true)
    expect(await opensAnything(made, backup)).toBe(false)
    expect(await codeOf(() => openSubjectKeys({ store: backup, logKeys: made.logKeys }))).toBe(
      'audit/stale-key-store',
    )
    await keys.shred('Patient/anna')
    expect(await reads(keys, made.leaves)).toEqual(['Patient/cleo', null])
    expect((await made.logKeys.keys()).length).toBe(1)
  })

  it('finds an old backup that was put back in the middle of it, and deletes nothing there', async () => {
    const made = await clinic()
    const backup = await copyOf(made.store, memoryKeyValue())
    const keys = await openSubjectKeys({ store: made.store, logKeys: withoutClearing(made.logKeys) })
    await expect(keys.shred(target)).rejects.toThrow('not cleared')
    const names = await backup.keys()
    expect(await codeOf(() => openSubjectKeys({ store: backup, logKeys: made.logKeys }))).toBe(
      'audit/stale-key-store',
    )
    expect(await backup.keys()).toEqual(names)
    expect(await reads(await openSubjectKeys(made), made.leaves)).toEqual([
      'Patient/anna',
      'Patient/cleo',
      null,
    ])
  })

  it('works on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chartseal-keys-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const name of ['store', 'log-keys']) mkdirSync(join(folder, name))
    const open = async (): Promise<FileKeyValue[]> =>
      Promise.all(['store', 'log-keys'].map(name => openKeyValue(join(folder, name))))
    const made = await clinic()
    const [store, logKeys] = await open()
    if (store === undefined || logKeys === undefined) throw new Error('two stores were opened')
    await copyOf(made.store, store)
    await copyOf(made.logKeys, logKeys)
    await (await openSubjectKeys({ store, logKeys })).shred(target)
    await Promise.all([store.close(), logKeys.close()])
    const [again = made.store, againKeys = made.logKeys] = await open()
    const keys = await openSubjectKeys({ store: again, logKeys: againKeys })
    expect(await reads(keys, made.leaves)).toEqual(['Patient/anna', 'Patient/cleo', null])
  })

  it('keeps what a new backup holds', async () => {
    const made = await clinic()
    await (await openSubjectKeys(made)).shred(target)
    const store = await copyOf(made.store, memoryKeyValue())
    const keys = await openSubjectKeys({ store, logKeys: made.logKeys })
    expect(await reads(keys, made.leaves)).toEqual(['Patient/anna', 'Patient/cleo', null])
  })

  it.each([false, true])(
    'interrupted at any call (its effect: %s), is finished on opening or was never begun',
    async effect => {
      let ended = false
      for (let failing = 0; !ended; failing++) {
        const made = await clinic()
        const backup = await copyOf(made.store, memoryKeyValue())
        ended = await interruptedShred(made, new Outage(failing, effect))
        const keys = await openAfter(made, effect)
        const outcome = await codeOf(() => keys.keyOf(target))
        for (const patient of survivors) expect(await codeOf(() => keys.keyOf(patient))).toBe('accepted')
        const left = await reads(keys, made.leaves)
        if (outcome === 'accepted') expect([ended, left]).toEqual([false, [...patients, null]])
        else expect([outcome, left]).toEqual(['audit/shredded', ['Patient/anna', 'Patient/cleo', null]])
        expect(await opensAnything(made, backup)).toBe(outcome === 'accepted')
        // Whatever happened, it can be done now.
        if (outcome === 'accepted') await keys.shred(target)
        expect([await opensAnything(made, backup), (await made.logKeys.keys()).length]).toEqual([false, 1])
      }
    },
  )

  it('that failed is not gone on with before opening again', async () => {
    const made = await clinic()
    const outage = new Outage(12, true)
    const keys = await openSubjectKeys({ store: outage.on(made.store), logKeys: outage.on(made.logKeys) })
    await keys.load(target, false)
    await expect(keys.shred(target)).rejects.toThrow('the power is off')
    expect(await codeOf(() => keys.keyOf(null))).toBe('audit/key-store-failed')
  })
})

/** A store in which the shredding under way stays noted. */
function withoutClearing(store: KeyValue): KeyValue {
  const refuse = async (key: string): Promise<void> => {
    if (key === 'pending') throw new Error('not cleared')
    await store.delete(key)
  }
  return { ...store, delete: refuse }
}

/** True when the shredding came to its end. */
async function interruptedShred({ store, logKeys }: Clinic, outage: Outage): Promise<boolean> {
  try {
    const keys = await openSubjectKeys({ store: outage.on(store), logKeys: outage.on(logKeys) })
    await keys.shred(target)
    return true
  } catch {
    return false
  }
}

/** Opens, after failing at every third call of the recovery itself. */
async function openAfter({ store, logKeys }: Clinic, effect: boolean): Promise<SubjectKeys> {
  for (let failing = 0; ; failing += 3) {
    const outage = new Outage(failing, effect)
    try {
      await openSubjectKeys({ store: outage.on(store), logKeys: outage.on(logKeys) })
      return await openSubjectKeys({ store, logKeys })
    } catch {
      if (failing > 200) throw new Error('recovery does not end')
    }
  }
}

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
