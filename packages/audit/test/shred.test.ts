import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryCodec, openSubjectKeys, type SubjectKeys, shredCompletion, shredIntent } from '@chartseal/audit'
import { type FileKeyValue, openKeyValue } from '@chartseal/core/files'
import { memoryKeyValue } from '@chartseal/core/memory'
import type { KeyValue } from '@chartseal/core/ports'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { copyOf, Outage, origin } from './entry-helpers.js'
import {
  type Clinic,
  clinic,
  opensAnything,
  patients,
  reads,
  recordFor,
  survivors,
  target,
} from './shred-helpers.js'

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
        () => opened.load(target, false),
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

  it('ends with a new key when the patient is heard of again, which opens nothing of before', async () => {
    const made = await clinic()
    const backup = await copyOf(made.store, memoryKeyValue())
    const keys = await openSubjectKeys(made)
    await keys.shred(target)
    const { key } = await keys.load(target, true)
    const later = await entryCodec({ origin, keys }).encode(
      { id: new Uint8Array(16), record: recordFor(target) },
      4,
      0,
    )
    expect(await reads(keys, [...made.leaves, later])).toEqual(['Patient/anna', 'Patient/cleo', null, target])
    expect(await opensAnything(made, backup)).toBe(false)
    for (const opened of [keys, await openSubjectKeys(made)]) {
      expect((await opened.keyOf(target)).reveal()).toEqual(key.reveal())
    }
    await keys.shred(target)
    expect(key.isWiped).toBe(true)
    expect(await reads(keys, [...made.leaves, later])).toEqual(['Patient/anna', 'Patient/cleo', null])
  })

  it('with a decision stays known until the log has it, also when the process dies', async () => {
    const made = await clinic()
    const decision = { actor: 'Dr. Okafor', at: 7 }
    const keys = await openSubjectKeys(made)
    expect(keys.unrecorded).toBeNull()
    const name = await keys.entryOf(target)
    expect(await made.store.keys()).toContain(name)
    await expect(keys.shred(target, { actor: ' ', at: 7 })).rejects.toThrow('actor')
    await keys.shred(target, decision)
    const again = await openSubjectKeys(made)
    for (const opened of [keys, again]) {
      expect(opened.unrecorded).toEqual({ generation: 1, name, decision })
      expect(await codeOf(() => opened.shred('Patient/anna', decision))).toBe('audit/shred-unrecorded')
    }
    await again.recorded()
    await again.recorded()
    expect((await openSubjectKeys(made)).unrecorded).toBeNull()
    await again.shred('Patient/anna', decision)
    expect((await openSubjectKeys(made)).unrecorded).toMatchObject({ generation: 2 })
  })

  it('has records whose ids follow from what they say', () => {
    const decision = { actor: 'Dr. Okafor', at: 7 }
    const pending = { generation: 1, name: 'subject/0000000001/ab', decision }
    expect(shredCompletion(pending, 5)).toEqual(shredCompletion(pending, 6))
    expect(shredCompletion(pending, 5).record).toMatchObject({ actor: 'Dr. Okafor', at: 7, patient: null })
    expect(shredCompletion({ ...pending, decision: null }, 5)).toMatchObject({
      id: shredCompletion(pending, 5).id,
      record: { actor: 'chartseal', at: 5 },
    })
    const intent = shredIntent(pending.name, decision)
    expect(intent.record.detail.resource).toBe(pending.name)
    expect(intent.id).not.toEqual(shredCompletion(pending, 5).id)
    expect(shredIntent(pending.name, { ...decision, at: 8 }).id).not.toEqual(intent.id)
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
        await keys.recorded()
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
