/** The end of a conference: the entry first, then the store. */
import type { Clock } from '@chartseal/core/ports'
import type { StoredConference } from '../store.js'
import type { AuditLog } from './audit-log.js'
import type { Committer } from './committer.js'
import { addOpening } from './openings.js'

export interface EndWorld {
  readonly log: Pick<AuditLog, 'record'>
  readonly writes: Pick<Committer, 'commit'>
  readonly clock: Clock
}

/** By its doctor's device, whether by a request or through its host. @throws ChartsealError `server/log`, `store/…` */
export async function endConference(
  { log, writes, clock }: EndWorld,
  { id, owner }: StoredConference,
): Promise<void> {
  const recorded = await log.record({ act: 'conference-ended', by: owner, box: '', ids: [id], device: '' })
  await writes.commit(async tables => {
    if (await tables.conferences.end(id, clock.nowMs())) await addOpening(tables, recorded, [owner])
  })
}
