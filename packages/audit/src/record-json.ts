/** Audit records as JSON lines, and AuditEvent resources among them. */
import { coreError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { fromAuditEvent } from './fhir.js'
import { type PurposeOfUse, purposesOfUse } from './purpose-of-use.js'
import { type AuditDetail, type AuditRecord, actions, checkRecord, outcomes } from './record.js'

export interface ParsedLine {
  /** 32 hexadecimal digits; the same for the same event, however often it is sent. */
  readonly id: Uint8Array | null
  readonly record: AuditRecord
}

const known = [
  'id',
  'at',
  'actor',
  'action',
  'patient',
  'outcome',
  'purpose_of_use',
  'source',
  'resource',
  'query',
  'text',
]

/**
 * One line: the fields of a record, or a FHIR AuditEvent (R4 unless told otherwise).
 * @throws ChartsealError `json/invalid`, `audit/bad-record`, `fhir/…`
 */
export function parseRecordLine(line: string, nowMs: number, fhir: 'R4' | 'R5'): ParsedLine {
  const json = JsonObject.parse(line)
  if (json.has('resourceType')) return { id: null, record: fromAuditEvent(JSON.parse(line), fhir) }
  const unknown = json.keys.find(key => !known.includes(key))
  if (unknown !== undefined)
    throw coreError('json/invalid', { path: `$.${unknown}`, expected: 'a field of a record' })
  const record: AuditRecord = {
    at: json.has('at') ? timeOf(json) : nowMs,
    actor: json.text('actor'),
    action: oneOf(json, 'action', actions),
    patient: json.has('patient') && json.raw('patient') !== null ? json.text('patient') : null,
    outcome: json.has('outcome') ? oneOf(json, 'outcome', outcomes) : 'success',
    purposeOfUse: json.has('purpose_of_use')
      ? json.texts('purpose_of_use').map(code => oneOfCodes(code))
      : [],
    source: json.text('source'),
    detail: detailOf(json),
  }
  checkRecord(record)
  return { id: json.has('id') ? json.hex('id') : null, record }
}

function detailOf(json: JsonObject): AuditDetail {
  const fields = ['resource', 'query', 'text'].filter(field => json.has(field))
  return Object.fromEntries(fields.map(field => [field, json.text(field)]))
}

/** ISO 8601, or milliseconds since 1970. */
function timeOf(json: JsonObject): number {
  if (typeof json.raw('at') === 'number') return json.count('at')
  const at = Date.parse(json.text('at'))
  if (Number.isNaN(at)) throw coreError('json/invalid', { path: '$.at', expected: 'a time' })
  return at
}

function oneOf<Value extends string>(json: JsonObject, field: string, values: readonly Value[]): Value {
  const found = values.find(value => value === json.text(field))
  if (found === undefined)
    throw coreError('json/invalid', { path: `$.${field}`, expected: `one of ${values.join(', ')}` })
  return found
}

function oneOfCodes(code: string): PurposeOfUse {
  const found = purposesOfUse.find(value => value === code)
  if (found === undefined)
    throw coreError('json/invalid', { path: '$.purpose_of_use', expected: 'codes of ActReason' })
  return found
}

/** The fields of a record as JSON. */
export interface RecordFields {
  readonly [field: string]: string | null | readonly string[]
}

/** The fields that `parseRecordLine` reads. */
export function recordFields(record: AuditRecord): RecordFields {
  const { at, actor, action, patient, outcome, purposeOfUse, source, detail } = record
  const { resource, query, text } = detail
  return {
    at: new Date(at).toISOString(),
    actor,
    action,
    patient,
    outcome,
    purpose_of_use: purposeOfUse,
    source,
    ...(resource === undefined ? {} : { resource }),
    ...(query === undefined ? {} : { query }),
    ...(text === undefined ? {} : { text }),
  }
}
