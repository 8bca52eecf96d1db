/** The end of a conference: the entry first, then the store. */
import type { Clock } from '@chartseal/core/ports'
import type { Store, StoredConference } from '../store.js'
import type { AuditLog } from './audit-log.js'
import type { Committer } from './committer.js'
import { addOpening } from './openings.js'
import type { Turns } from './turns.js'

export interface EndWorld {
  readonly log: Pick<AuditLog, 'record'>
  readonly writes: Pick<Committer, 'commit'>
  readonly store: Pick<Store, 'conferences'>
  readonly turns: Turns
  readonly clock: Clock
}

/** Whatever changes a conference has its turn, so that its end is in the log once. */
export const turnOf = (id: string): string => `conference ${id}`

/** Its host has ended it. Does nothing where it has ended already. @throws ChartsealError `server/log`, `store/…` */
export function endedByHost(world: EndWorld, id: string): Promise<void> {
  return world.turns.take(turnOf(id), async () => {
    const found = await world.store.conferences.find(id)
    if (found !== null) await endConference(world, found)
  })
}

/** By its doctor's device, under its turn. Does nothing where it has ended already. @throws ChartsealError `server/log`, `store/…` */
export async function endConference(
  { log, writes, clock }: Pick<EndWorld, 'log' | 'writes' | 'clock'>,
  { id, owner, endedMs }: StoredConference,
): Promise<void> {
  if (endedMs !== null) return
  const recorded = await log.record({ act: 'conference-ended', by: owner, box: '', ids: [id], device: '' })
  await writes.commit(async tables => {
    if (await tables.conferences.end(id, clock.nowMs())) await addOpening(tables, recorded, [owner])
  })
}
