/**
 * `node scripts/vectors/audit-fhir.mjs`: makes vectors/own/audit-fhir-v2.json again. With `--check` it writes nothing, and
 * fails unless the file holds just that.
 */
import { fromAuditEvent, toAuditEvent } from '../../packages/audit/dist/fhir.js'
import { encodeRecord } from '../../packages/audit/dist/record-cbor.js'
import { encodeHex } from '../../packages/core/dist/encoding.js'
import { filled } from './changes.mjs'
import { freeze } from './frozen.mjs'

const cases = []
const releases = ['R4', 'R5']
const event = (record, version, identify = true) =>
  JSON.stringify(toAuditEvent(record, { version, identify }))

const least = {
  ...{ at: 0, actor: 'root', action: 'login', patient: null, outcome: 'unknown', purposeOfUse: [] },
  ...{ source: 'ward-3', detail: {} },
}
const full = {
  ...{ at: 1_796_000_000_123, actor: 'Practitioner/dr-weiss', action: 'read', patient: 'Patient/Ä-7' },
  ...{ outcome: 'success', purposeOfUse: ['TREAT', 'ETREAT'], source: 'Device/ward-3' },
  detail: {
    resource: 'Observation/7/_history/2',
    query: 'code=8480-6&_count=é',
    client: { name: 'ward 3', address: '10.0.0.7' },
    server: { name: 'Device/chart', address: 'https://clinic.example/fhir' },
    text: 'two lines,\nand a tab\t.',
    digests: [{ name: 'list', sha256: filled(32, 6) }],
    imported: { format: 'medcrypt-audit', records: 2, sha256: filled(32, 7) },
    unmapped: '{"a.b":1}',
  },
}
const machines = {
  client: { name: 'ward 3', address: 'ward-3.local' },
  server: { name: 'chart', address: '::1' },
}
const records = [
  ['as little as there can be', least],
  ['all there is', full],
  ...['create', 'update', 'delete', 'export', 'import', 'logout', 'break-glass-review', 'shred'].map(
    action => [
      action,
      {
        ...least,
        action,
        patient: 'Patient/7',
        outcome: 'success',
        detail: { ...machines, resource: 'Patient/7' },
      },
    ],
  ),
  [
    'a query of nobody',
    { ...least, action: 'query', outcome: 'success', detail: { ...machines, query: 'name=x' } },
  ],
  [
    'the glass is broken',
    {
      ...least,
      action: 'break-glass-start',
      outcome: 'minor-failure',
      purposeOfUse: ['BTG'],
      detail: { text: 'no' },
    },
  ],
  [
    'the glass is whole again',
    { ...least, action: 'break-glass-end', outcome: 'serious-failure', purposeOfUse: ['BTG'] },
  ],
  [
    'words, and an outcome that nobody knows',
    { ...least, outcome: 'unknown', detail: { text: 'who knows' } },
  ],
]
for (const [title, record] of records)
  for (const release of releases)
    cases.push({
      ...{ shows: 'ours', title: `${title}, ${release}`, release, identify: true },
      ...{ record: encodeHex(encodeRecord(record)), event: event(record, release) },
    })
for (const release of releases)
  cases.push({
    ...{ shows: 'ours', title: `nobody is told, ${release}`, release, identify: false },
    ...{ record: encodeHex(encodeRecord(full)), event: event(full, release, false) },
  })

// Of others: ours, changed.

const plain = { ...full, detail: { ...machines, resource: 'Observation/7' } }
function changedEvent(release, change, of = plain) {
  const value = JSON.parse(event(of, release))
  return JSON.stringify(change(value) ?? value)
}
function other(title, release, change, keep_unmapped = false) {
  const text = changedEvent(release, change)
  const record = fromAuditEvent(JSON.parse(text), release, { keepUnmapped: keep_unmapped })
  const fields = { record: encodeHex(encodeRecord(record)), event: text }
  cases.push({ shows: 'other', title, release, keep_unmapped, ...fields })
}
const refused = (title, release, code, change, keep_unmapped = false) => {
  const text = changedEvent(release, change)
  cases.push({ shows: 'other', title, release, keep_unmapped, event: text, refused: code })
}

other('another order, another zone, words of its own', 'R4', one => {
  one.id = 'x'
  one.text = { status: 'generated', div: '<div/>' }
  one.meta = { versionId: '3', lastUpdated: '2025-01-01T00:00:00Z', profile: ['http://example.org/p'] }
  one.type.display = 'restful'
  one.agent.reverse()
  one.entity.reverse()
  one.recorded = new Date(full.at + 3_600_000).toISOString().replace('Z', '+01:00')
})
for (const [release, name] of [
  ['R4', 'purposeOfEvent'],
  ['R5', 'authorization'],
])
  other(`a purpose of the user alone, ${release}`, release, one => {
    delete one[name]
  })
for (const release of releases) {
  other(`no outcome, ${release}`, release, one => {
    delete one.outcome
  })
  other(
    `what no field has, kept, ${release}`,
    release,
    one => {
      one.source.site = 'Ward 3'
      one.agent.push({ type: { text: 'a printer' }, requestor: false, altId: 'x' })
      one.agent[0].altId = 'y'
      one.note = { a: { b: [1, true] } }
    },
    true,
  )
  const change = [
    [
      'a site',
      'fhir/not-kept',
      one => {
        one.source.site = 'Ward 3'
      },
    ],
    [
      'an agent of no role',
      'fhir/not-kept',
      one => {
        one.agent.push({ requestor: false })
      },
    ],
    [
      'a microsecond',
      'fhir/not-kept',
      one => {
        one.recorded = '2026-11-30T00:00:00.000001Z'
      },
    ],
    [
      'no time',
      'fhir/missing',
      one => {
        delete one.recorded
      },
    ],
    [
      'a day that does not exist',
      'fhir/invalid',
      one => {
        one.recorded = '2026-02-30T00:00:00Z'
      },
    ],
    [
      'a time without a zone',
      'fhir/invalid',
      one => {
        one.recorded = '2026-02-20T00:00:00'
      },
    ],
    [
      'no agent',
      'fhir/missing',
      one => {
        delete one.agent
      },
    ],
    [
      'no requestor',
      'fhir/invalid',
      one => {
        for (const agent of one.agent) agent.requestor = false
      },
    ],
    [
      'a user who is nobody',
      'fhir/missing',
      one => {
        delete one.agent.find(agent => agent.requestor).who
      },
    ],
    [
      'a user by a display alone',
      'fhir/invalid',
      one => {
        one.agent.find(agent => agent.requestor).who = { display: 'Dr Weiss' }
      },
    ],
    [
      'no source',
      'fhir/missing',
      one => {
        delete one.source
      },
    ],
    [
      'another resource',
      'fhir/invalid',
      one => {
        one.resourceType = 'Bundle'
      },
    ],
    [
      'a modifier',
      'fhir/not-kept',
      one => {
        one.modifierExtension = [{ url: 'x' }]
      },
      true,
    ],
    [
      'a modifier inside',
      'fhir/not-kept',
      one => {
        one.agent[0].modifierExtension = [{ url: 'x' }]
      },
      true,
    ],
    [
      'a name that no record has',
      'audit/bad-record',
      one => {
        one.source.observer = { identifier: { value: ' x' } }
      },
    ],
  ]
  for (const [title, code, how, keep] of change) refused(`${title}, ${release}`, release, code, how, keep)
}
refused('a subtype that is no action', 'R4', 'fhir/not-kept', one => {
  one.subtype[0].code = 'vread'
})
refused('a code that is no action', 'R5', 'fhir/not-kept', one => {
  one.code.coding[0].code = 'vread'
})
refused('an outcome that is none', 'R4', 'audit/bad-record', one => {
  one.outcome = '5'
})

freeze(
  'audit-fhir-v2',
  'records as AuditEvents of R4 and R5, docs/spec/audit-fhir.md; node scripts/vectors/audit-fhir.mjs makes it again',
  cases,
)
