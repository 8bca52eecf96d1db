/** An audit record as deterministic CBOR. What is absent is an empty text or list, so one record has one encoding. */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import {
  type AuditDetail,
  type AuditRecord,
  bad,
  checkRecord,
  type Imported,
  type Party,
  parseAction,
  parseOutcome,
  parsePurposes,
} from './record.js'

const recordFields = ['at', 'actor', 'action', 'patient', 'outcome', 'purpose', 'source', 'detail']
const detailFields = ['resource', 'query', 'client', 'server', 'text', 'digests', 'imported']
const partyFields = ['name', 'address']
const digestFields = ['name', 'sha256']
const importedFields = ['format', 'records', 'sha256']

/** @throws ChartsealError `audit/bad-record` */
export function encodeRecord(record: AuditRecord): Uint8Array {
  checkRecord(record)
  const { at, actor, action, patient, outcome, purposeOfUse, source, detail } = record
  return encodeCbor({
    ...{ at, actor, action, outcome, source },
    patient: patient ?? '',
    purpose: purposeOfUse.join(' '),
    detail: encodeDetail(detail),
  })
}

function encodeDetail(detail: AuditDetail): CborValue {
  const { resource, query, client, server, text, digests, imported, unmapped } = detail
  return {
    ...(unmapped === undefined ? {} : { unmapped }),
    resource: resource ?? '',
    query: query ?? '',
    client: client === undefined ? [] : [{ name: client.name, address: client.address }],
    server: server === undefined ? [] : [{ name: server.name, address: server.address }],
    text: text ?? '',
    digests: (digests ?? []).map(({ name, sha256 }) => ({ name, sha256 })),
    imported: imported === undefined ? [] : [importedValue(imported)],
  }
}

function importedValue({ format, records, sha256 }: Imported): CborValue {
  return { format, records, sha256 }
}

/** @throws ChartsealError `audit/bad-record`, `encoding/invalid`, `cbor/invalid` */
export function decodeRecord(bytes: Uint8Array): AuditRecord {
  const fields = CborFields.decode(bytes, recordFields)
  const record: AuditRecord = {
    at: fields.count('at'),
    actor: fields.text('actor'),
    action: parseAction(fields.text('action')),
    patient: fields.text('patient') || null,
    outcome: parseOutcome(fields.text('outcome')),
    purposeOfUse: parsePurposes(separated(fields.text('purpose'))),
    source: fields.text('source'),
    detail: decodeDetail(fields.map('detail', detailFields, ['unmapped'])),
  }
  checkRecord(record)
  return record
}

/** By one space each: what stands twice or at an end is an empty word, and none of the codes. */
const separated = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))

function decodeDetail(fields: CborFields): AuditDetail {
  const resource = fields.text('resource')
  const query = fields.text('query')
  const text = fields.text('text')
  const client = party(fields, 'client')
  const server = party(fields, 'server')
  const digests = fields.maps('digests', digestFields)
  const imported = atMostOne(fields, 'imported', importedFields)
  return {
    ...(resource === '' ? {} : { resource }),
    ...(query === '' ? {} : { query }),
    ...(client === undefined ? {} : { client }),
    ...(server === undefined ? {} : { server }),
    ...(text === '' ? {} : { text }),
    ...(digests.length === 0
      ? {}
      : { digests: digests.map(one => ({ name: one.text('name'), sha256: one.bytes('sha256', 32) })) }),
    ...(imported === undefined ? {} : { imported: decodeImported(imported) }),
    // Younger than the others: where it is absent, so is its key, and an empty text is refused.
    ...(fields.has('unmapped') ? { unmapped: fields.text('unmapped') } : {}),
  }
}

function decodeImported(fields: CborFields): Imported {
  return {
    format: fields.text('format'),
    records: fields.count('records'),
    sha256: fields.bytes('sha256', 32),
  }
}

function party(fields: CborFields, name: string): Party | undefined {
  const found = atMostOne(fields, name, partyFields)
  return found === undefined ? undefined : { name: found.text('name'), address: found.text('address') }
}

function atMostOne(fields: CborFields, name: string, names: readonly string[]): CborFields | undefined {
  const [first, ...others] = fields.maps(name, names)
  if (others.length > 0) throw bad(`detail.${name}`, 'one at most')
  return first
}
