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
      const { resource, query, text } = record.detail
      const detail = Object.fromEntries(
        Object.entries({ resource, query, text }).filter(([, value]) => value !== undefined),
      )
      expect(parse(recordFields({ ...record, detail }))).toEqual({ id: null, record: { ...record, detail } })
    })
    fc.assert(law, propertyRuns(200))
  })

  it('takes what is missing from the clock and from defaults', () => {
    const expected = { at: atMs, patient: null, outcome: 'success', purposeOfUse: [], detail: {} }
    expect(parse(line).record).toEqual({ ...line, ...expected })
    expect(parse({ ...line, at: 5, patient: null, id: 'ab'.repeat(16) })).toMatchObject({
      id: new Uint8Array(16).fill(0xab),
      record: { at: 5, patient: null },
    })
  })

  it('may be an AuditEvent of FHIR', () => {
    const event = toAuditEvent(sample, { version: 'R4', identify: true })
    expect(parse(event)).toEqual({ id: null, record: sample })
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
