/** The audit log that the demo keeps of itself while the story goes on. */
import { join } from 'node:path'
import { type AuditEvent, auditLog, type ReadResult } from '@chartseal/audit/v1'
import { openLog } from '@chartseal/core/files'
import { AeadKey } from '@chartseal/core/keys'
import type { World } from './world.js'

export interface Trail {
  readonly key: AeadKey
  /** The sealed records as they were written. */
  readonly records: readonly string[]
  /** What was asked to be written, in order. */
  readonly events: readonly AuditEvent[]
  record(actor: string, action: string, patientId: string): Promise<void>
  readAll(): Promise<ReadResult[]>
  close(): Promise<void>
}

/** Entries are sealed under a key of the log's own, in a file that is synced to the disk at each one. */
export async function openTrail(world: World): Promise<Trail> {
  const { clock, random } = world.io
  const key = AeadKey.generate(random)
  const file = await openLog(join(world.folder, 'audit.log'), { kind: 'medcrypt-audit', random })
  const log = auditLog(key, file, { clock, random })
  const records: string[] = []
  const events: AuditEvent[] = []
  return {
    key,
    records,
    events,
    async record(actor, action, patientId) {
      events.push({ actor, action, patientId })
      records.push((await log.append({ actor, action, patientId })).record)
    },
    async readAll() {
      const results: ReadResult[] = []
      for await (const result of log.readAll()) results.push(result)
      return results
    },
    async close() {
      await file.close()
      key.wipe()
    },
  }
}
