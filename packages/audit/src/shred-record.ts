/** What the log records of a destruction: that it was decided, before it begins, and that it was done. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@noble/hashes/sha2.js'
import { requestIdBytes } from './leaf-head.js'
import type { Pending, ShredDecision } from './log-keys.js'
import { type AuditRecord, checkRecord } from './record.js'
import { encodeRecord } from './record-cbor.js'

/** A record with the id of its request, which follows from what it says: making it again changes nothing. */
export interface ShredEntry {
  readonly id: Uint8Array
  readonly record: AuditRecord
}

const label = encodeUtf8('chartseal/audit-shred/v2')

/**
 * Both records name the key by its entry of the key store, `subject/<generation>/<hex>`: it says nothing of the patient, and
 * nobody can compute it from an id once the log key of that generation is destroyed.
 * @throws ChartsealError `audit/bad-record` for an actor that no record may have
 */
export function shredIntent(name: string, decision: ShredDecision): ShredEntry {
  const record = recordOf(name, decision, "The key of one patient's entries is to be destroyed.")
  return { id: idOf('intent', encodeRecord(record)), record }
}

/** `nowMs` and the program itself stand in for a decision that was not kept. */
export function shredCompletion({ name, decision }: Pending, nowMs: number): ShredEntry {
  const by = decision ?? { actor: 'chartseal', at: nowMs }
  const record = recordOf(name, by, "The key of one patient's entries was destroyed.")
  checkRecord(record)
  return { id: idOf('done', encodeUtf8(name)), record }
}

function recordOf(name: string, { actor, at }: ShredDecision, text: string): AuditRecord {
  return {
    at,
    actor,
    action: 'shred',
    patient: null,
    outcome: 'success',
    purposeOfUse: [],
    source: 'chartseal',
    detail: { resource: name, text },
  }
}

function idOf(what: string, bytes: Uint8Array): Uint8Array {
  return sha256(concat(label, encodeUtf8(`/${what}/`), bytes)).slice(0, requestIdBytes)
}
