import { canonicalPatientId, openSubjectKeys, readSubjectKeys } from '@chartseal/audit'
import { memoryKeyValue } from '@chartseal/core/memory'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const stores = () => ({ store: memoryKeyValue(), logKeys: memoryKeyValue() })
const composed = 'Jos\u00e9'
const decomposed = 'Jose\u0301'

describe('ids of patients', () => {
  it('are one for one person in a plain log, however a source spells them', () => {
    for (const id of ['7', 'Patient/7', 'patient/7', 'Patient/7/_history/2'])
      expect(canonicalPatientId(id, 'plain')).toBe('7')
    expect(canonicalPatientId(decomposed, 'plain')).toBe(composed)
    for (const id of ['Patient/', 'https://a.example/Patient/7', 'Practitioner/7', 'x/Patient/7'])
      expect(canonicalPatientId(id, 'plain')).toBe(id)
    for (const id of ['Patient/7', decomposed]) expect(canonicalPatientId(id, 'exact')).toBe(id)
  })

  it('choose one key, which is destroyed for every spelling', async () => {
    const made = stores()
    const keys = await openSubjectKeys({ ...made, patientIds: 'plain' })
    const { key } = await keys.load('Patient/7', true)
    for (const id of ['7', 'patient/7']) expect((await keys.load(id, true)).key).toBe(key)
    const reader = readSubjectKeys({ ...made, patientIds: 'plain' })
    expect((await reader.keyOf('patient/7')).reveal()).toEqual(key.reveal())
    await keys.shred('7')
    for (const id of ['7', 'Patient/7']) expect(await codeOf(() => keys.keyOf(id))).toBe('audit/shredded')
  })

  it('get no new key when nobody could tell them by eye', async () => {
    const made = stores()
    const keys = await openSubjectKeys(made)
    for (const id of [decomposed, 'PAT-1\u200b', '\u2066PAT-1', ' PAT-1', 'PAT-1\u00a0', 'a\u0007']) {
      expect([id, await codeOf(() => keys.load(id, true))]).toEqual([id, 'audit/bad-record'])
      expect([id, await codeOf(() => keys.check(id))]).toEqual([id, 'audit/bad-record'])
    }
    for (const id of [composed, 'PAT-1', null]) expect(await codeOf(() => keys.check(id))).toBe('accepted')
    expect(await made.store.keys()).toHaveLength(1)
  })

  it('that look alike are listed beside one that is shredded', async () => {
    const made = stores()
    const keys = await openSubjectKeys(made)
    for (const id of ['PAT-1', 'pat-1', 'Patient/PAT-1', 'PAT\u20111', 'PAT-2', composed])
      await keys.load(id, true)
    expect(await keys.near('PAT-1')).toEqual(['PAT\u20111', 'Patient/PAT-1', 'pat-1'].sort())
    expect(await keys.near('PAT-1\u200b')).toHaveLength(4)
    expect(await keys.near(decomposed)).toEqual([composed])
    await keys.shred('pat-1')
    expect(await keys.near('PAT-1')).not.toContain('pat-1')
    expect(await keys.near('PAT-3')).toEqual([])
  })
})
