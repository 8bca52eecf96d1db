/** FHIR AuditEvent, R4 (IHE BALP shapes) and R5, from audit records and back. Tables: docs/spec/audit-fhir.md. */

import { type ReadEventOptions, readEvent } from './fhir/read.js'
import { type AuditEvent, type AuditEventOptions, type FhirVersion, writeEvent } from './fhir/write.js'
import type { AuditRecord } from './record.js'
import { checkRecord } from './record.js'

export { type FhirErrors, fhirError } from './fhir/errors.js'
export type { Json, JsonMap } from './fhir/json.js'
export type { AuditEvent, AuditEventOptions, FhirVersion, ReadEventOptions }

/**
 * An AuditEvent resource. Without `identify` it says when, what was done, for which purpose and with which outcome, and nothing else.
 * @throws ChartsealError `audit/bad-record`
 */
export function toAuditEvent(record: AuditRecord, options: AuditEventOptions): AuditEvent {
  checkRecord(record)
  return writeEvent(record, options)
}

/**
 * The record that an AuditEvent is, parsed JSON; what a record cannot hold is named, or kept with `keepUnmapped`, never dropped.
 * @throws ChartsealError `json/invalid`, `fhir/invalid`, `fhir/not-kept`, `fhir/masked`, `audit/bad-record`
 */
export function fromAuditEvent(
  event: unknown,
  version: FhirVersion,
  options: ReadEventOptions = {},
): AuditRecord {
  return readEvent(event, version, options)
}

/** Newline-delimited JSON, a line for each record. @throws ChartsealError `audit/bad-record` */
export async function* auditEventLines(
  records: AsyncIterable<AuditRecord> | Iterable<AuditRecord>,
  options: AuditEventOptions,
): AsyncGenerator<string, void, undefined> {
  for await (const record of records) yield `${JSON.stringify(toAuditEvent(record, options))}\n`
}
