import { entryAt, openEntry, sealEntry } from '@chartseal/audit/v1'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import type { Operation, Operations, Tools } from './operation.js'

const auditWrite: Operation = (request, tools) => {
  using key = new AeadKey(request.hex('log_key'))
  return { records: request.objects('entries').map(event => seal(key, event, tools)) }
}

function seal(key: AeadKey, event: JsonObject, { clock, random }: Tools): string {
  const [actor, action, patientId] = [event.text('actor'), event.text('action'), event.text('patient_id')]
  return sealEntry(key, entryAt({ actor, action, patientId }, clock), random)
}

// One bad record refuses the request with its code: the answer has no place for it.
const auditRead: Operation = request => {
  using key = new AeadKey(request.hex('log_key'))
  const lenient = request.has('lenient') && request.boolean('lenient')
  const entries = request.texts('records').map(record => openEntry(key, record, { lenient }))
  return {
    entries: entries.map(({ ts, actor, action, patientId }) => ({
      ts,
      actor,
      action,
      patient_id: patientId,
    })),
  }
}

export const auditOperations: Operations = { 'audit-write': auditWrite, 'audit-read': auditRead }
