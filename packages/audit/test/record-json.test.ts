import { parseRecordLine, purposesOfUse, recordFields } from '@chartseal/audit'
import { toAuditEvent } from '@chartseal/audit/fhir'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyRecord, atMs, sample } from './entry-helpers.js'

const line = { actor: 'Dr. A', action: 'read', source: 'ward 3' }
const parse = (fields: object): ReturnType<typeof parseRecordLine> =>
  parseRecordLine(JSON.stringify(fields), atMs, 'R4')

describe('a record as a JSON line', () => {
  it('is read back as it was written', () => {
    const law = fc.property(anyRecord, record => {
      const { resource, query, text, unmapped } = record.detail
      const detail = Object.fromEntries(
        Object.entries({ resource, query, text, unmapped }).filter(([, value]) => value !== undefined),
      )
      expect(parse(recordFields({ ...record, detail }))).toEqual({
        id: null,
        record: { ...record, detail },
        isDated: true,
      })
    })
    fc.assert(law, propertyRuns(200))
  })

  it('takes what is missing from the clock and from defaults', () => {
    const expected = { at: atMs, patient: null, outcome: 'success', purposeOfUse: [], detail: {} }
    expect(parse(line).record).toEqual({ ...line, ...expected })
    expect(parse({ ...line, at: atMs, patient: null, id: 'ab'.repeat(16) })).toMatchObject({
      id: new Uint8Array(16).fill(0xab),
      record: { at: atMs, patient: null },
    })
  })

  it('may be an AuditEvent of FHIR', () => {
    const event = toAuditEvent(sample, { version: 'R4', identify: true })
    expect(parse(event)).toEqual({ id: null, record: sample, isDated: true })
  })

  it('takes a time as FHIR writes an instant, or in milliseconds, and no other', async () => {
    const at = (time: unknown): unknown => parse({ ...line, at: time }).record.at
    expect(at('2026-03-29T02:30:00+02:00')).toBe(Date.UTC(2026, 2, 29, 0, 30))
    expect(at('2028-02-29T23:59:59.5Z')).toBe(Date.UTC(2028, 1, 29, 23, 59, 59, 500))
    expect(at(1_790_000_000_000)).toBe(1_790_000_000_000)
    const invalid = [
      '2026-02-30T10:00:00Z',
      '2026-06-30T24:00:00Z',
      '2026-03-29T02:30:00',
      '2026-03-29T02:30:00+23:59',
      '03/04/2026',
      '12.11.2026',
      'visit 3',
      '1',
      '',
      1_790_000_000,
      5,
      1.5e12 + 0.5,
    ]
    for (const time of invalid) expect([time, await codeOf(() => at(time))]).toEqual([time, 'json/invalid'])
    expect(() => at(1_790_000_000)).toThrow('seconds?')
  })

  it('repeats no name of an unknown field, and refuses a name that is there twice', async () => {
    const secret = 'Rosa Parks HIV positive'
    expect(() => parse({ ...line, [secret]: 1 })).toThrow(/^(?!.*Rosa)/)
    const twice = `{"patient":"A",${JSON.stringify(line).slice(1, -1)},"patient":"B"}`
    expect(await codeOf(() => parseRecordLine(twice, atMs, 'R4'))).toBe('json/invalid')
    const event = JSON.stringify(toAuditEvent(sample, { version: 'R4', identify: true }))
    const outcomes = event.replace('"outcome":"0"', '"outcome":"8","outcome":"0"')
    expect(outcomes).not.toBe(event)
    expect(await codeOf(() => parseRecordLine(outcomes, atMs, 'R4'))).toBe('json/invalid')
  })

  it('is refused with an unknown field, an unknown word, or a time that is not one', async () => {
    const bad = [
      {},
      { ...line, colour: 'red' },
      { ...line, action: 'sing' },
      { ...line, outcome: 'perhaps' },
      { ...line, purpose_of_use: ['FUN', ...purposesOfUse] },
      { ...line, at: 'soon' },
      { ...line, id: 'xy' },
    ]
    for (const fields of bad)
      expect([fields, await codeOf(() => parse(fields))]).toEqual([fields, 'json/invalid'])
    expect(await codeOf(() => parse({ ...line, action: 'break-glass-start' }))).toBe('audit/bad-record')
    expect(await codeOf(() => parseRecordLine('no JSON', atMs, 'R4'))).toBe('json/invalid')
  })
})
