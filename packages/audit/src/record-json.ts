/** Audit records as JSON lines, and AuditEvent resources among them. */
import { coreError } from '@chartseal/core/errors'
import { parseInstant } from '@chartseal/core/instant'
import { JsonObject, parseJson } from '@chartseal/core/json'
import { type FhirVersion, fromAuditEvent, type ReadEventOptions } from './fhir.js'
import { requestIdBytes } from './leaf-head.js'
import { type PurposeOfUse, purposesOfUse } from './purpose-of-use.js'
import { type AuditDetail, type AuditRecord, actions, checkRecord, outcomes } from './record.js'

export interface ParsedLine {
  /** 32 hexadecimal digits; the same for the same event, however often it is sent. */
  readonly id: Uint8Array | null
  readonly record: AuditRecord
  /** Whether the line itself says when it happened. */
  readonly isDated: boolean
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
  'unmapped',
]

/**
 * One line: the fields of a record, or a FHIR AuditEvent (R4 unless told otherwise).
 * @throws ChartsealError `json/invalid`, `audit/bad-record`, `fhir/…`
 */
export function parseRecordLine(
  line: string,
  nowMs: number,
  fhir: FhirVersion,
  options: ReadEventOptions = {},
): ParsedLine {
  const value = parseJson(line)
  const json = new JsonObject(value)
  if (json.has('resourceType'))
    return { id: null, record: fromAuditEvent(value, fhir, options), isDated: true }
  json.refuseOthers(known)
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
  return { id: json.has('id') ? idOf(json) : null, record, isDated: json.has('at') }
}

function idOf(json: JsonObject): Uint8Array {
  const id = json.hex('id')
  if (id.length !== requestIdBytes)
    throw coreError('json/invalid', { path: '$.id', expected: `${requestIdBytes} bytes in hexadecimal` })
  return id
}

function detailOf(json: JsonObject): AuditDetail {
  const fields = ['resource', 'query', 'text', 'unmapped'].filter(field => json.has(field))
  return Object.fromEntries(fields.map(field => [field, json.text(field)]))
}

/** 2000-01-01T00:00:00Z. A smaller number is a time in seconds, which would be one of 1970. */
const leastMs = 946_684_800_000

/** A text as FHIR `instant` has it, with a zone, or milliseconds since 1970. */
function timeOf(json: JsonObject): number {
  if (typeof json.raw('at') !== 'number') return instantOf(json.text('at'))
  const at = json.count('at')
  if (at < leastMs) throw badTime('in milliseconds since 1970, after 1999 (is this in seconds?)')
  return at
}

function instantOf(text: string): number {
  try {
    return parseInstant(text)
  } catch {
    throw badTime('a time with its zone, such as 2026-11-30T09:00:00+01:00')
  }
}

function badTime(expected: string): Error {
  return coreError('json/invalid', { path: '$.at', expected })
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
  const { resource, query, text, unmapped } = detail
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
    ...(unmapped === undefined ? {} : { unmapped }),
  }
}
