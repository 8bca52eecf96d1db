/** What the log records of a clock that was set back: entries keep their order, and their times are not those of the clock. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@noble/hashes/sha2.js'
import { requestIdBytes } from './leaf-head.js'
import type { AuditRecord } from './record.js'
import type { ShredEntry } from './shred-record.js'

const label = encodeUtf8('chartseal/audit-clock-back/v2/')

/**
 * By the program itself, at the time that the clock says. Its id follows from `lastAtMs`, the time of the last entry: one
 * step back is one entry, however often the log is opened before the clock has caught up.
 */
export function clockBackEntry(behindMs: number, lastAtMs: number): ShredEntry {
  const record: AuditRecord = {
    at: lastAtMs - behindMs,
    actor: 'chartseal',
    action: 'update',
    patient: null,
    outcome: 'minor-failure',
    purposeOfUse: [],
    source: 'chartseal',
    detail: {
      resource: 'clock',
      text: `The clock went back by ${behindMs} ms. Entries keep the time of the one before until it has caught up.`,
    },
  }
  const id = sha256(concat(label, encodeUtf8(`${lastAtMs}`))).slice(0, requestIdBytes)
  return { id, record }
}
