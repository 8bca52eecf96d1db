/** Runner of vectors/own/audit-fhir-v2.json: records as AuditEvents of R4 and R5, and events of others. */
import { type JsonObject, parseJson } from '@chartseal/core/json'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import { type FhirVersion, fromAuditEvent, toAuditEvent } from '../fhir.js'
import { decodeRecord, encodeRecord } from '../record-cbor.js'

/** Ours is written as it is frozen, and read back; one of others is read, or refused with a code. */
export const auditFhir: CaseRunner = testCase => {
  const version = releaseOf(testCase)
  const keepUnmapped = testCase.has('keep_unmapped') && testCase.boolean('keep_unmapped')
  const read = (): Uint8Array =>
    encodeRecord(fromAuditEvent(parseJson(testCase.text('event')), version, { keepUnmapped }))
  if (testCase.has('refused')) {
    agree('the refusal', refusalOf(read), testCase.text('refused'))
    return
  }
  if (testCase.text('shows') === 'ours') {
    const identify = testCase.boolean('identify')
    const event = toAuditEvent(decodeRecord(testCase.hex('record')), { version, identify })
    agree('the event', JSON.stringify(event), testCase.text('event'))
    if (!identify) {
      agree('an event that names nobody', refusalOf(read), 'fhir/masked')
      return
    }
  }
  agree('the record', read(), testCase.hex('record'))
}

function releaseOf(testCase: JsonObject): FhirVersion {
  return testCase.text('release') === 'R4' ? 'R4' : 'R5'
}
