/** A log that begins where nobody can go on with the one before, and says so in its first entry. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createLogKey, holdTogether, openClinicLog } from '@chartseal/clinic/fs/log'
import { attempt } from '@chartseal/core/files'
import { toJsonText } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import { type CheckpointSigner, originHash } from '@chartseal/tlog'
import type { LogHolders } from '../clinic/log-holders.js'
import type { DataPaths } from '../data-folder.js'
import { makeFolder } from './disk.js'
import type { Seen } from './newest-checkpoint.js'

export interface NewLog {
  /** Of the new log: another one than before, as two logs under one name are a fork. */
  readonly origin: string
  /** For people, in the first entry. */
  readonly reason: string
  /** Who hold its key together; `null`: the server has it. */
  readonly holders?: LogHolders | null
}

const idBytes = 16
/** What one leaf takes, less what stands around the reason. */
const maxReason = 1_000

/** @throws TypeError for the origin of before, or a reason that is missing or too long */
export function checkNewLog({ origin, reason }: NewLog, before: string): void {
  if (origin === before) throw new TypeError('--new-log must be another origin than that of the log before')
  if (reason.trim() === '' || reason.length > maxReason) {
    throw new TypeError(`--reason must be text, of at most ${maxReason} characters`)
  }
}

/** Puts the log aside, where it can still be read, and begins the new one with a key of its own; gives that key. */
export async function beginNewLog(
  paths: DataPaths,
  { origin, reason, holders = null }: NewLog,
  { before, newest, clock, random }: { before: string; newest: Seen; clock: Clock; random: Random },
): Promise<string> {
  const world = { clock, random }
  const { log: folder, formerLogs, signingKey, logShares: shares } = paths
  const former = join(formerLogs, originHash(before).slice(0, 16))
  await makeFolder(formerLogs)
  await attempt('rename', () => rename(folder, former), folder)
  const text = toJsonText({
    event: 'log-began',
    former_origin: before,
    former_size: newest.size,
    former_root: newest.root,
    seen_by: newest.source,
    reason,
  })
  let newKey = ''
  const begin = async (given: { readonly signer?: CheckpointSigner }): Promise<void> => {
    const log = await openClinicLog({ ...world, folder, signingKey, origin, ...given })
    try {
      await log.writer.append({ id: random.bytes(idBytes), text })
      newKey = log.verifierKey
    } finally {
      await log.close()
    }
  }
  if (holders === null) {
    await createLogKey(signingKey, origin, random)
    await begin({})
  } else
    await holdTogether({ ...world, ...holders, origin, path: signingKey, shares }, signer =>
      begin({ signer }),
    )
  return newKey
}
