/** A log that begins where nobody can go on with the one before, and says so in its first entry. */
import { chmod, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createLogKey, openClinicLog, takeGroup } from '@chartseal/clinic/fs/log'
import { type GivenText, parseGroup } from '@chartseal/clinic/fs/log-signer'
import { attempt } from '@chartseal/core/files'
import { toJsonText } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import { originHash } from '@chartseal/tlog'
import type { DataPaths } from '../data-folder.js'
import { copyOne, makeFolder } from './disk.js'
import type { Seen } from './newest-checkpoint.js'

export interface HeldKey {
  readonly group: readonly GivenText[]
  /** The file that `log-signer terms` made. */
  readonly serverKey: string
}

export interface NewLog {
  /** Of the new log: another one than before, as two logs under one name are a fork. */
  readonly origin: string
  /** For people, in the first entry. */
  readonly reason: string
  /** What officers made its key for, and signed; `null`: the server makes it. */
  readonly held?: HeldKey | null
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
  { origin, reason, held = null }: NewLog,
  { before, newest, clock, random }: { before: string; newest: Seen; clock: Clock; random: Random },
): Promise<string> {
  const { log: folder, formerLogs, signingKey } = paths
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
  if (held === null) await createLogKey(signingKey, origin, random)
  else {
    await copyOne(held.serverKey, signingKey)
    await attempt('change the mode', () => chmod(signingKey, 0o600), signingKey)
    await takeGroup(signingKey, origin, parseGroup(held.group), random)
  }
  const log = await openClinicLog({ folder, signingKey, origin, clock, random })
  try {
    await log.writer.append({ id: random.bytes(idBytes), text })
    return log.verifierKey
  } finally {
    await log.close()
  }
}
