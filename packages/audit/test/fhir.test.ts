import { type AuditRecord, actions, purposesOfUse } from '@chartseal/audit'
import { auditEventLines, fromAuditEvent, toAuditEvent } from '@chartseal/audit/fhir'
import { propertyRuns } from '@chartseal/testkit'
import { codesBelow, displayOf, type ElementsR5, findingsR4, findingsR5 } from '@chartseal/testkit/fhir'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyRecord, atMs, sample } from './entry-helpers.js'

const versions = ['R4', 'R5'] as const
const balp = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'
const terminology = 'http://terminology.hl7.org/CodeSystem'
const actReason = `${terminology}/v3-ActReason`

describe('AuditEvent', () => {
  it.each(versions)('%s gives back the record it was made from, through JSON', version => {
    fc.assert(
      fc.property(anyRecord, record => {
        const event = JSON.parse(JSON.stringify(toAuditEvent(record, { version, identify: true })))
        expect(fromAuditEvent(event, version)).toEqual(record)
      }),
      propertyRuns(),
    )
  })

  it('R4 agrees with the JSON schema of FHIR 4.0.1, identified or not', () => {
    expect(findingsR4('AuditEvent', { resourceType: 'AuditEvent' }).length).toBeGreaterThan(0)
    expect(
      findingsR4('AuditEvent', { ...toAuditEvent(sample, { version: 'R4' }), outcome: '5' }).length,
    ).toBeGreaterThan(0)
    fc.assert(
      fc.property(anyRecord, fc.boolean(), (record, identify) => {
        expect(findingsR4('AuditEvent', toAuditEvent(record, { version: 'R4', identify }))).toEqual([])
      }),
      propertyRuns(),
    )
  })

  it('R5 has the elements of FHIR 5.0.0 that must be there, and no others', () => {
    fc.assert(
      fc.property(anyRecord, fc.boolean(), (record, identify) => {
        expect(findingsR5(elementsR5, toAuditEvent(record, { version: 'R5', identify }))).toEqual([])
      }),
      propertyRuns(),
    )
  })

  it('uses codes that their systems have, in their words', () => {
    for (const action of actions) {
      const purposeOfUse = ['BTG', 'ETREAT'] as const
      const detail = {
        ...sample.detail,
        query: 'name=x',
        digests: [{ name: 'a', sha256: new Uint8Array(32) }],
      }
      const event = toAuditEvent(
        { ...sample, action, purposeOfUse, detail },
        { version: 'R4', identify: true },
      )
      for (const { system, code, display } of codingsIn(event)) {
        const known = displayOf(system, code)
        // HL7 keeps this system outside of the definitions of R4: DICOM's own words are taken there.
        if (known === undefined)
          expect([system, code]).toEqual([`${terminology}/provenance-participant-type`, 'custodian'])
        else if (display !== undefined)
          expect([code, display.toLowerCase()]).toEqual([code, known.toLowerCase()])
      }
    }
  })

  it('knows the purposes of use that HL7 defines, all of them', () => {
    expect([...purposesOfUse].sort()).toEqual([...codesBelow(actReason, 'PurposeOfUse')].sort())
  })
})

/** Client, server and user of BALP 1.1: DICOM's roles follow the data, but for a query. */
const roles: readonly (readonly [AuditRecord['action'], string, string, string, string, string])[] = [
  ['create', 'C', 'Create', '110153', '110152', 'AUT'],
  ['read', 'R', 'Read', '110152', '110153', 'IRCP'],
  ['update', 'U', 'Update', '110153', '110152', 'AUT'],
  ['delete', 'D', 'Delete', '110150', 'custodian', 'AUT'],
  ['query', 'E', 'Query', '110153', '110152', 'IRCP'],
]

describe('the shapes of IHE BALP', () => {
  it.each(roles)('%s (%s): profile, agents and entities', (action, letter, profile, client, server, user) => {
    const detail =
      action === 'query'
        ? { ...sample.detail, resource: undefined, query: 'Observation?subject=p' }
        : sample.detail
    const { resource, ...searched } = detail
    const record: AuditRecord = {
      ...sample,
      action,
      detail: resource === undefined ? searched : sample.detail,
    }
    const event = toAuditEvent(record, { version: 'R4', identify: true })
    expect(event).toMatchObject({
      meta: { profile: [`${balp}Patient${profile}`] },
      type: { system: `${terminology}/audit-event-type`, code: 'rest' },
      subtype: [
        { system: 'http://hl7.org/fhir/restful-interaction', code: action === 'query' ? 'search' : action },
      ],
      action: letter,
      recorded: new Date(atMs).toISOString(),
      outcome: '0',
      agent: [
        {
          type: { coding: [{ code: client }] },
          who: { reference: 'Device/tablet-9' },
          network: { address: '10.0.0.9', type: '2' },
        },
        {
          type: { coding: [{ code: server }] },
          who: { identifier: { value: 'ehr.example' } },
          network: { type: '5' },
        },
        { type: { coding: [{ code: user }] }, who: { reference: 'Practitioner/dr-weiss' }, requestor: true },
      ],
      entity: [
        { what: { reference: 'Patient/p-1' }, type: { code: '1' }, role: { code: '1' } },
        action === 'query'
          ? { type: { code: '2' }, role: { code: '24' }, query: btoa('Observation?subject=p') }
          : { type: { code: '2' }, role: { code: '4' }, what: { reference: 'Observation/7' } },
      ],
    })
    const system = toAuditEvent({ ...record, patient: null }, { version: 'R4', identify: true })
    expect(system).toMatchObject({ meta: { profile: [`${balp}${profile}`] } })
  })

  it('claims no profile that it does not fulfil', () => {
    const { client, ...noClient } = sample.detail
    expect(client).toBeDefined()
    const others: Partial<AuditRecord>[] = [
      { outcome: 'minor-failure' },
      { action: 'login' },
      { detail: noClient },
      { action: 'query' },
    ]
    for (const change of others)
      expect(
        toAuditEvent({ ...sample, ...change }, { version: 'R4', identify: true })['meta'],
      ).toBeUndefined()
    expect(toAuditEvent(sample, { version: 'R4' })['meta']).toBeUndefined()
  })

  it('calls breaking the glass by its DICOM and ActReason codes', () => {
    const record: AuditRecord = { ...sample, action: 'break-glass-start', purposeOfUse: ['BTG', 'ETREAT'] }
    const reasons = [
      { coding: [{ system: actReason, code: 'BTG' }] },
      { coding: [{ system: actReason, code: 'ETREAT' }] },
    ]
    const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
    expect(toAuditEvent(record, { version: 'R4' })).toMatchObject({
      type: { system: dicom, code: '110113' },
      subtype: [{ system: dicom, code: '110127' }],
      purposeOfEvent: reasons,
    })
    expect(toAuditEvent(record, { version: 'R5' })).toMatchObject({
      category: [{ coding: [{ system: dicom, code: '110113' }] }],
      code: { coding: [{ system: dicom, code: '110127' }] },
      authorization: reasons,
    })
  })
})

describe('without identify', () => {
  const secrets = [
    'dr-weiss',
    'p-1',
    'Observation',
    'tablet',
    'ehr.example',
    '10.0.0.9',
    'needle',
    btoa('needle'),
  ]
  const detail = {
    ...sample.detail,
    query: 'needle',
    text: 'needle',
    digests: [{ name: 'needle', sha256: new Uint8Array(32) }],
  }

  it.each(versions)('%s says when, what, why and with which outcome, and nothing else', version => {
    const text = JSON.stringify(toAuditEvent({ ...sample, detail }, { version }))
    expect(secrets.filter(secret => text.includes(secret))).toEqual([])
    expect(text).not.toContain('Device/ward-3')
    expect(text).toContain('masked')
  })

  it('is what ndjson holds, a line for each record', async () => {
    const lines: string[] = []
    for await (const line of auditEventLines([sample, { ...sample, patient: null }], { version: 'R4' }))
      lines.push(line)
    expect(lines.map(line => line.endsWith('\n') && !line.slice(0, -1).includes('\n'))).toEqual([true, true])
    expect(lines.map(line => JSON.parse(line))).toEqual([
      toAuditEvent(sample, { version: 'R4' }),
      toAuditEvent({ ...sample, patient: null }, { version: 'R4' }),
    ])
  })
})

interface FoundCoding {
  readonly system: string
  readonly code: string
  readonly display?: string
}

function codingsIn(value: unknown): FoundCoding[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(isCoding(value) ? [value] : []), ...Object.values(value).flatMap(codingsIn)]
}

function isCoding(value: object): value is FoundCoding {
  return 'system' in value && 'code' in value
}

/** The part of FHIR 5.0.0 that these events use, as cardinalities: no definitions of R5 are at hand. */
const elementsR5: ElementsR5 = {
  '': {
    must: ['resourceType', 'code', 'recorded', 'agent', 'source'],
    may: ['category', 'action', 'outcome', 'authorization', 'patient', 'entity'],
  },
  outcome: { must: ['code'], may: ['detail'] },
  'agent[]': { must: ['who'], may: ['type', 'requestor', 'networkUri', 'networkString', 'authorization'] },
  source: { must: ['observer'], may: ['site', 'type'] },
  'entity[]': { must: [], may: ['what', 'role', 'query', 'detail'] },
  'entity[].detail[]': { must: ['type'], may: ['valueString', 'valueBase64Binary'] },
}
