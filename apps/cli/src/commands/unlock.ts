import { isRingFolder } from '@chartseal/clinic/fs'
import { auditFolderPaths, isAuditFolder } from '@chartseal/clinic/fs/audit'
import { type LockClaim, readClaims, removeClaim } from '@chartseal/core/files'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../io/command.js'
import { UsageError } from '../io/errors.js'
import { pathOf } from '../io/files.js'
import type { Io } from '../io/io.js'

interface UnlockOptions extends CommonOptions {
  readonly remove?: boolean
  readonly force?: boolean
}

/** `chartseal unlock`: for a folder whose lock was not given back. */
export function unlockCommand(io: Io): Command {
  return describeCommand(
    'unlock',
    'Say whose lock is on a ring or an audit log, and take it away',
    'chartseal unlock okafor-rosa',
    'chartseal unlock --remove okafor-rosa',
  )
    .option('--remove', 'take the lock from a process that shows no sign of life; this may take 12 seconds')
    .option('--force', 'take it even from a process that is alive, which then writes nothing more')
    .argument('<folder>', 'the folder of a ring, of an audit log, or of its keys')
    .action(async (folder: string, options: UnlockOptions) => {
      const path = pathOf(io, folder)
      const claims = (
        await Promise.all((await foldersOf(path)).map(one => readClaims(one, { clock: io.clock })))
      ).flat()
      const removes = options.remove === true || options.force === true
      const { force = false } = options
      if (removes) for (const claim of claims) await removeClaim(claim, { force, clock: io.clock })
      await finish(io, options, {
        text:
          claims.length === 0 ? `Nothing holds ${folder}\n` : claims.map(one => line(one, removes)).join(''),
        answer: { claims: claims.map(toAnswer), removed: removes },
      })
    })
}

/** An audit log has locks in three folders. @throws UsageError for a folder that is neither a ring nor a log */
async function foldersOf(path: string): Promise<readonly string[]> {
  if (await isRingFolder(path)) return [path]
  if (!(await isAuditFolder({ folder: path }))) {
    const claims = await readClaims(path)
    if (claims.length === 0) throw new UsageError(`${path} is not the folder of a ring or of an audit log`)
    return [path]
  }
  const { log, subjects, logKeys } = auditFolderPaths({ folder: path })
  return [log, subjects, logKeys]
}

const processes = {
  alive: 'is alive',
  dead: 'has ended',
  unknown: 'runs elsewhere, or did',
} as const

function line({ path, host, pid, place, process, silentMs }: LockClaim, removed: boolean): string {
  const who = host === '' ? 'A process that lost the lock' : `Process ${pid} on ${host} (${place})`
  const seen = `last seen ${Math.round(silentMs / 1000)} s ago`
  return `${path}: ${who} ${processes[process]}, ${seen}${removed ? '; its lock was taken away' : ''}\n`
}

function toAnswer({
  path,
  file,
  host,
  pid,
  place,
  process,
  silentMs,
}: LockClaim): Record<string, string | number> {
  return { path, file, host, pid, place, process, silent_ms: silentMs }
}
