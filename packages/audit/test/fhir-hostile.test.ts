import { type AuditRecord, decodeRecord, encodeRecord } from '@chartseal/audit'
import { fhirError, fromAuditEvent, toAuditEvent } from '@chartseal/audit/fhir'
import { ChartsealError } from '@chartseal/core/errors'
import { codeOf, codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sample } from './entry-helpers.js'

const expectCode = codesRaised(fhirError)
const versions = ['R4', 'R5'] as const

/** A mutable copy, as another system would have sent it. */
const sent = (version: 'R4' | 'R5', record: AuditRecord = sample) =>
  JSON.parse(JSON.stringify(toAuditEvent(record, { version, identify: true })))

function contextOf(attempt: () => unknown): unknown {
  try {
    return attempt()
  } catch (error) {
    return error instanceof ChartsealError ? error.context : error
  }
}

describe('an AuditEvent of others', () => {
  it('is read when it says the same in another order, zone, or with words of its own', () => {
    const event = sent('R4')
    event.id = 'x'
    event.text = { status: 'generated', div: '<div/>' }
    event.meta = { versionId: '3', lastUpdated: '2025-01-01T00:00:00Z', profile: ['http://example.org/p'] }
    event.type.display = 'restful'
    event.agent.reverse()
    event.entity.reverse()
    event.recorded = '2025-10-09T10:53:20.000+02:00'
    expect(fromAuditEvent(event, 'R4')).toEqual(sample)
  })

  it('takes the purpose from the user where the event has none', () => {
    const [r4, r5] = [sent('R4'), sent('R5')]
    delete r4.purposeOfEvent
    delete r5.authorization
    expect([fromAuditEvent(r4, 'R4'), fromAuditEvent(r5, 'R5')]).toEqual([sample, sample])
  })

  it('names what a record cannot hold', async () => {
    const event = sent('R4')
    event.agent[2].altId = 'x'
    event.agent[2].who.display = 'Dr Weiss'
    event.period = { start: '2025-01-01' }
    event.subtype.push({ system: 'urn:ihe:event-type-code', code: 'ITI-83' })
    event.meta = { security: [{ code: 'R' }] }
    event.recorded = '2025-10-09T08:53:20.000001Z'
    await expectCode('fhir/not-kept', () => fromAuditEvent(event, 'R4'))
    expect(contextOf(() => fromAuditEvent(event, 'R4'))).toEqual({
      paths: [
        'meta.security[0]',
        'subtype[1].system',
        'subtype[1].code',
        'recorded',
        'agent[2].who.display',
        'agent[2].altId',
        'period',
      ],
    })
    const r5 = sent('R5')
    r5.severity = 'notice'
    r5.entity[0].agent = [{}]
    expect(contextOf(() => fromAuditEvent(r5, 'R5'))).toEqual({ paths: ['entity[0].agent[0]', 'severity'] })
    const unknown = sent('R4')
    unknown.subtype[0].code = 'vread'
    expect(contextOf(() => fromAuditEvent(unknown, 'R4'))).toEqual({ paths: ['type'] })
    delete unknown.subtype
    expect(contextOf(() => fromAuditEvent(unknown, 'R4'))).toEqual({ paths: ['type'] })
  })

  it.each(versions)('of %s is refused where one agent would stand for two', async version => {
    const unnamed = sent(version)
    unnamed.agent.push({ requestor: false })
    const second = sent(version)
    const user = second.agent.find(({ requestor }: { readonly requestor: boolean }) => requestor)
    second.agent.unshift({ type: user.type, requestor: true, who: user.who })
    const twice = sent(version)
    twice.agent.push(structuredClone(twice.agent[0]))
    for (const event of [unnamed, second, twice])
      expect(await codeOf(() => fromAuditEvent(event, version))).toBe('fhir/not-kept')
  })

  it.each(versions)(
    'of %s keeps what a record cannot hold as one text of it, when that is asked for',
    version => {
      const event = sent(version)
      event.agent.push({ type: { text: 'a printer' }, requestor: false, altId: 'x\u007f' })
      event.agent[2].who.display = 'Dr Weiss'
      event.source.site = 'Ward 3'
      event.recorded = '2025-10-09T08:53:20.000001Z'
      expect(contextOf(() => fromAuditEvent(event, version))).toMatchObject({ paths: expect.anything() })
      const record = fromAuditEvent(event, version, { keepUnmapped: true })
      const { unmapped = '', ...detail } = record.detail
      expect({ ...record, detail }).toEqual(sample)
      expect(unmapped).not.toMatch(/\p{Cc}/u)
      expect(JSON.parse(unmapped)).toEqual({
        recorded: event.recorded,
        'agent[2]': event.agent[2],
        'agent[3]': event.agent[3],
        'source.site': 'Ward 3',
      })
      expect(decodeRecord(encodeRecord(record))).toEqual(record)
      expect(fromAuditEvent(toAuditEvent(record, { version, identify: true }), version)).toEqual(record)
      expect(JSON.stringify(toAuditEvent(record, { version }))).not.toContain('Ward 3')
    },
  )

  it.each([
    ['a modifier extension', { modifierExtension: [{ url: 'urn:x', valueBoolean: false }] }],
    ['a modifier extension in what is kept', { period: { modifierExtension: [{ url: 'urn:x' }] } }],
    ['implicit rules', { implicitRules: 'urn:x' }],
    ['more than a text holds', { period: { start: 'x'.repeat(16_400) } }],
    [
      'two elements of one path',
      { 'source.site': 'x', source: { observer: { reference: 'Device/1' }, site: 'y' } },
    ],
    ['an action that is not known', { type: { system: 'urn:x', code: 'x' } }],
  ])('with %s is refused also when the rest may be kept aside', (_, more) => {
    const event = { ...sent('R4'), ...more }
    expect(contextOf(() => fromAuditEvent(event, 'R4', { keepUnmapped: true }))).toMatchObject({
      paths: expect.anything(),
    })
  })

  it('that was kept aside before and says more now is refused', () => {
    const kept = { ...sample, detail: { ...sample.detail, unmapped: '{}' } }
    const event = { ...sent('R4', kept), period: { start: '2025-01-01' } }
    expect(contextOf(() => fromAuditEvent(event, 'R4', { keepUnmapped: true }))).toEqual({
      paths: ['period'],
    })
  })

  it.each(versions)('%s without names is no record any more', async version => {
    await expectCode('fhir/masked', () => fromAuditEvent(toAuditEvent(sample, { version }), version))
  })

  it('is refused when it is none, or of the other version', async () => {
    for (const value of [null, 3, 'x', []])
      expect(await codeOf(() => fromAuditEvent(value, 'R4'))).toBe('json/invalid')
    await expectCode('fhir/invalid', () => fromAuditEvent({ resourceType: 'Patient' }, 'R5'))
    expect(await codeOf(() => fromAuditEvent(sent('R4'), 'R5'))).toBe('fhir/missing')
    expect(await codeOf(() => fromAuditEvent(sent('R5'), 'R4'))).toBe('fhir/missing')
    await expectCode('fhir/invalid', () => fromAuditEvent({ resourceType: 'Bundle' }, 'R4'))
    expect(() => fromAuditEvent({ resourceType: 'Bundle' }, 'R4')).toThrow('Bundle one by one')
  })

  it.each(versions)('of %s may leave the outcome out, which is then unknown', version => {
    const event = sent(version)
    const text = version === 'R4' ? 'outcomeDesc' : 'outcome'
    delete event.outcome
    delete event[text]
    const record = fromAuditEvent(event, version)
    expect(record.outcome).toBe('unknown')
    expect(toAuditEvent(record, { version, identify: true })).not.toHaveProperty('outcome')
    const told = { ...record, detail: { ...record.detail, text: 'a note' } }
    const written = toAuditEvent(told, { version, identify: true })
    expect(JSON.stringify(written)).toContain('a note')
    expect(fromAuditEvent(written, version)).toEqual(told)
  })

  it('says which element is missing, and that a display alone names nobody', async () => {
    for (const [version, field] of [
      ['R4', 'recorded'],
      ['R4', 'type'],
      ['R4', 'agent'],
      ['R5', 'source'],
      ['R5', 'category'],
    ] as const) {
      const event = sent(version)
      delete event[field]
      await expectCode('fhir/missing', () => fromAuditEvent(event, version))
      expect(contextOf(() => fromAuditEvent(event, version))).toEqual({ path: field })
    }
    const event = sent('R4')
    const user = event.agent.findIndex((agent: { requestor: boolean }) => agent.requestor)
    event.agent[user].who = { display: 'Dr. Okafor' }
    await expectCode('fhir/invalid', () => fromAuditEvent(event, 'R4'))
    expect(contextOf(() => fromAuditEvent(event, 'R4'))).toMatchObject({ path: `agent[${user}].who` })
    event.agent[user].who = { identifier: {} }
    expect(contextOf(() => fromAuditEvent(event, 'R4'))).toMatchObject({
      path: `agent[${user}].who.identifier.value`,
    })
  })

  it.each(versions)('of %s with a time that does not exist is refused', async version => {
    for (const recorded of [
      '2026-02-30T10:00:00Z',
      '2026-04-31T10:00:00Z',
      '2026-06-30T24:00:00Z',
      '2026-06-30T10:00:00+23:59',
      '2026-06-30T23:59:60Z',
    ]) {
      await expectCode('fhir/invalid', () => fromAuditEvent({ ...sent(version), recorded }, version))
    }
  })

  it('is refused where a value has no meaning here', async () => {
    const change = (version: 'R4' | 'R5', path: readonly (string | number)[], value: unknown): unknown => {
      const event = sent(version)
      const last = path.at(-1) ?? ''
      path.slice(0, -1).reduce((part, key) => part[key], event)[last] = value
      return event
    }
    for (const recorded of ['2025-10-09', '2025-10-09T08:53:20', '2025-13-09T08:53:20Z', 'now'])
      await expectCode('fhir/invalid', () => fromAuditEvent(change('R4', ['recorded'], recorded), 'R4'))
    await expectCode('fhir/invalid', () =>
      fromAuditEvent(change('R4', ['agent', 2, 'requestor'], false), 'R4'),
    )
    await expectCode('fhir/invalid', () => fromAuditEvent(change('R5', ['category'], []), 'R5'))
    const query = { type: {}, query: 'a' }
    expect(await codeOf(() => fromAuditEvent(change('R4', ['entity', 1], query), 'R4'))).toBe('json/invalid')
    for (const event of [
      change('R4', ['outcome'], '5'),
      change('R4', ['purposeOfEvent', 0, 'coding', 0, 'code'], 'FUN'),
      change('R4', ['agent', 2, 'who', 'reference'], ''),
    ])
      expect(await codeOf(() => fromAuditEvent(event, 'R4'))).toBe('audit/bad-record')
  })

  it('that imported a log counts its records in digits', async () => {
    const imported = { format: 'medcrypt-audit', records: 12, sha256: new Uint8Array(32) }
    const event = sent('R4', { ...sample, action: 'import', patient: null, detail: { imported } })
    expect(fromAuditEvent(event, 'R4').detail).toEqual({ imported })
    event.entity[0].detail[0].valueString = '012'
    expect(await codeOf(() => fromAuditEvent(event, 'R4'))).toBe('audit/bad-record')
  })

  it.each(versions)('%s of any shape is read or refused with a code', async version => {
    const mutated = fc.tuple(fc.nat(), fc.jsonValue()).map(([at, value]) => mutate(sent(version), at, value))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.jsonValue()), async event => {
        expect(await codeOf(() => fromAuditEvent(event, version))).toMatch(
          /^(accepted|json\/|fhir\/|audit\/|encoding\/)/,
        )
      }),
      propertyRuns(),
    )
  })
})

/** The value at one of the places of a JSON document is another. */
function mutate(document: object, at: number, value: unknown): unknown {
  const places: [object, string][] = []
  const collect = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    for (const [key, inner] of Object.entries(part)) {
      places.push([part, key])
      collect(inner)
    }
  }
  collect(document)
  const [part, key] = places[at % places.length] ?? [document, 'x']
  Object.assign(part, { [key]: value })
  return document
}

describe('toAuditEvent', () => {
  it('refuses a record that is none', async () => {
    expect(await codeOf(() => toAuditEvent({ ...sample, actor: '' }, { version: 'R4' }))).toBe(
      'audit/bad-record',
    )
    expect(await codeOf(() => decodeRecord(new Uint8Array(0)))).toBe('encoding/invalid')
  })
})
