import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { encodeHex } from '../encoding.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { codeOf, filesError } from './errors.js'
import { attempt, type FileSystem, nodeFileSystem } from './file-system.js'

export interface LockOptions {
  readonly fileSystem?: FileSystem
  readonly random?: Random
}

export interface FileLock {
  /** Gives the lock back; a second call does nothing. */
  release(): Promise<void>
}

interface Holder {
  /** Percent-encoded, which leaves usual host names as they are. */
  readonly host: string
  readonly pid: number
  readonly started: string
}

/**
 * Takes the exclusive lock that belongs to `path`, which need not exist, or refuses at once. A process that
 * died on this host holds nothing.
 *
 * Each claimant first creates a file of its own beside `path`, whose name says who it is, and only then looks
 * for others; so of two that race, the one who looks last sees the other. Both may be refused; never do both
 * get it. No file name is used twice, so the claim of a dead process can be removed by anyone at any time.
 * Claims are judged by pid and start time; processes that share the folder must share one pid namespace or
 * have different host names.
 * @throws ChartsealError `files/locked`, `files/failed`
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  const { fileSystem = nodeFileSystem, random = systemRandom } = options
  const self: Holder = { host: ownHost(), pid: process.pid, started: (await startOf(process.pid)) ?? '' }
  const claim = join(dirname(path), claimName(path, self, encodeHex(random.bytes(8))))
  const release = async (): Promise<void> => fileSystem.remove(claim).catch(() => undefined)
  try {
    await createEmpty(fileSystem, claim)
    const holder = await otherHolder(fileSystem, path, basename(claim))
    if (holder !== null) throw filesError('files/locked', { path, host: holder.host, pid: holder.pid })
  } catch (error) {
    await release()
    throw error
  }
  return { release }
}

async function createEmpty(fileSystem: FileSystem, path: string): Promise<void> {
  const file = await attempt('create lock', () => fileSystem.open(path, 'create', 0o600))
  await attempt('create lock', () => file.close())
}

/** Another living claimant, or `null`; claims of the dead are removed on the way. */
async function otherHolder(fileSystem: FileSystem, path: string, own: string): Promise<Holder | null> {
  const folder = dirname(path)
  for (const name of await attempt('list locks', () => fileSystem.list(folder))) {
    const holder = name === own ? null : parseClaim(path, name)
    if (holder === null) continue
    if (await mayLive(holder)) return holder
    await fileSystem.remove(join(folder, name)).catch(() => undefined)
  }
  return null
}

function ownHost(): string {
  return encodeURIComponent(hostname())
}

function claimName(path: string, { host, pid, started }: Holder, token: string): string {
  return [`${basename(path)}.lock`, host, pid, started, token].join(',')
}

function parseClaim(path: string, name: string): Holder | null {
  const prefix = `${basename(path)}.lock,`
  const [, host, pid, started] = name.startsWith(prefix)
    ? (/^([^,]+),([0-9]+),([^,]*),[0-9a-f]+$/.exec(name.slice(prefix.length)) ?? [])
    : []
  if (host === undefined || pid === undefined || started === undefined) return null
  return { host, pid: Number(pid), started }
}

async function mayLive({ host, pid, started }: Holder): Promise<boolean> {
  if (host !== ownHost()) return true
  try {
    process.kill(pid, 0)
  } catch (cause) {
    // EPERM: it lives, and belongs to another user.
    if (codeOf(cause) === 'ESRCH') return false
  }
  const now = await startOf(pid)
  return now !== null && (now === '' || started === '' || now === started)
}

/**
 * When a process started, so that a pid that is in use again is not taken for the old process: boot id and
 * clock ticks (proc(5)), '' where the system does not tell, `null` for a process that is dead and not yet
 * reaped.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The name of the command stands in brackets and may hold anything; fields count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${boot.slice(0, 8)}.${fields[19]}`
  } catch {
    return ''
  }
}
