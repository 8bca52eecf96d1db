/** Ending a device: the entry first, then the list that outlives the store, then the store. */
import type { Clock } from '@chartseal/core/ports'
import { requestError } from '../errors.js'
import type { Tables } from '../store.js'
import type { AuditLog } from './audit-log.js'
import { addOpening } from './openings.js'

export interface EndingWorld {
  readonly log: Pick<AuditLog, 'record'>
  readonly clock: Clock
  commit<Result>(work: (tables: Tables) => Promise<Result>): Promise<Result>
  noteEnded(kid: string): Promise<void>
}

/**
 * Ends a device that is enrolled.
 * @param by the key id that asked; empty for the operator at the machine
 * @throws ChartsealError `server/log`, `store/…`
 */
export async function endDevice(world: EndingWorld, by: string, kid: string): Promise<void> {
  const { log, clock } = world
  const recorded = await log.record({ act: 'device-ended', by, box: '', ids: [], device: kid })
  await world.noteEnded(kid)
  await world.commit(async tables => {
    const hasEnded = await tables.devices.end(kid, clock.nowMs())
    const parties = by === '' ? [kid] : [...new Set([by, kid])]
    if (hasEnded) await addOpening(tables, recorded, parties)
  })
}

/** Whoever was ended while their request was on its way gives nothing out by it. @throws ChartsealError `device/ended` */
export async function requireLiving({ devices }: Pick<Tables, 'devices'>, kid: string): Promise<void> {
  const device = await devices.find(kid)
  if (device !== null && device.endedMs !== null) throw requestError('device/ended', {})
}
