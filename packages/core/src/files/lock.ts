import { dirname } from 'node:path'
import { encodeHex } from '../encoding.js'
import type { ChartsealError } from '../errors.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { type Claim, claimFile, claimsIn, revokedFile } from './claims.js'
import { codeOf, filesError, refused } from './errors.js'
import { attempt, type FileSystem, nodeFileSystem } from './file-system.js'
import { beatMs, type Judged, judgeAll } from './judge.js'
import { type Processes, systemProcesses } from './processes.js'

export interface LockOptions {
  readonly fileSystem?: FileSystem
  readonly random?: Random
  readonly processes?: Processes
  readonly timer?: LockTimer
}

export interface LockTimer {
  /** Runs again and again until the function that it gives is called, and keeps no process from ending. */
  every(ms: number, run: () => void): () => void
  wait(ms: number): Promise<void>
}

export const systemLockTimer: LockTimer = {
  every(ms, run) {
    const timer = setInterval(run, ms).unref()
    return () => clearInterval(timer)
  },
  wait: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

export interface FileLock {
  /**
   * True when an earlier holder was not proven dead: it may be stopped between its check and its write. Before any work
   * such a write has to be made void: a log is copied to a new file, temporary files are removed.
   */
  readonly robbed: boolean
  /**
   * Asks whether the lock is still held: before each durable step, so that a holder that was taken for dead does not
   * write, and before a step is acknowledged, because the next holder reads only after the lock is lost.
   * @throws ChartsealError `files/lock-lost`, `files/failed`
   */
  check(): Promise<void>
  /** Forgets the earlier holders of {@link FileLock.robbed}, once nothing of them can reach the files any more. */
  settle(): Promise<void>
  /** Gives the lock back; a second call does nothing. */
  release(): Promise<void>
}

export type LockPorts = Required<LockOptions>

/**
 * Takes the exclusive lock that belongs to `path`, which need not exist, or refuses. A symbolic link and what it points
 * to have one lock.
 *
 * Each claimant first creates a file of its own beside `path`, whose name says who it is, and only then looks
 * for others; so of two that race, the one who looks last sees the other. Both may be refused; never do both
 * get it. No file name is used twice, so a claim can be taken away from a dead process by anyone at any time.
 *
 * A process of the same boot and namespaces is judged by pid and start time. Any other shows signs of life every five
 * seconds; after 60 s without one it is watched for 12 s more, and only then is its claim taken from it. Should it be
 * alive all the same, its {@link FileLock.check} says `files/lock-lost`.
 * @throws ChartsealError `files/locked`, `files/failed`
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  const ports = portsOf(options)
  const target = await realPathOf(ports.fileSystem, path)
  const self = await ports.processes.self()
  const file = claimFile(target, self, encodeHex(ports.random.bytes(8)))
  const lock = new ClaimedLock(path, file, ports)
  try {
    await lock.claim()
    const others = await claimsIn(ports.fileSystem, dirname(target), self, target)
    await lock.takeOver(others.filter(claim => claim.file !== file))
    await lock.check()
    return lock
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The path without symbolic links, or as it is when there is no such file. */
export async function realPathOf(fileSystem: FileSystem, path: string): Promise<string> {
  return fileSystem.realPath(path).catch(() => path)
}

class ClaimedLock implements FileLock {
  readonly #path: string
  readonly #file: string
  readonly #ports: LockPorts
  readonly #revoked: string[] = []
  #stop: () => void = () => undefined
  #isBeating = false
  #isLost = false

  constructor(path: string, file: string, ports: LockPorts) {
    this.#path = path
    this.#file = file
    this.#ports = ports
  }

  get robbed(): boolean {
    return this.#revoked.length > 0
  }

  async claim(): Promise<void> {
    const { fileSystem, timer } = this.#ports
    const file = await attempt('create lock', () => fileSystem.open(this.#file, 'create', 0o600), this.#file)
    await attempt('create lock', () => file.close(), this.#file)
    this.#stop = timer.every(beatMs, () => void this.#beat())
  }

  /** @throws ChartsealError `files/locked` */
  async takeOver(others: readonly Claim[]): Promise<void> {
    if (others.length === 0) return
    const { fileSystem, processes, timer } = this.#ports
    const { modifiedMs } = await attempt('stat', () => fileSystem.status(this.#file), this.#file)
    const judged = await judgeAll(others, modifiedMs, { fileSystem, processes, wait: ms => timer.wait(ms) })
    const alive = judged.find(({ verdict }) => verdict === 'alive')
    if (alive !== undefined) throw locked(this.#path, alive)
    for (const one of judged) {
      const revoked = await takeAway(one, fileSystem)
      if (revoked !== null) this.#revoked.push(revoked)
    }
  }

  async check(): Promise<void> {
    if (!this.#isLost) await this.#look()
    if (this.#isLost) throw filesError('files/lock-lost', { path: this.#path })
  }

  async settle(): Promise<void> {
    const { fileSystem } = this.#ports
    for (const file of this.#revoked.splice(0)) await fileSystem.remove(file).catch(() => undefined)
  }

  async release(): Promise<void> {
    this.#stop()
    await this.#ports.fileSystem.remove(this.#file).catch(() => undefined)
  }

  /** Opens the claim, because a network file system may answer a request for its status from memory. */
  async #look(): Promise<void> {
    try {
      const file = await this.#ports.fileSystem.open(this.#file, 'read', 0)
      // Opening is the answer, so the close is not waited for.
      file.close().catch(() => undefined)
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw refused('check lock', cause, this.#file)
      this.#isLost = true
    }
  }

  /** A failed one is not repeated: a holder without signs of life may lose the lock, which its next check reports. */
  async #beat(): Promise<void> {
    if (this.#isBeating) return
    this.#isBeating = true
    try {
      const file = await this.#ports.fileSystem.open(this.#file, 'update', 0)
      await file.write(Uint8Array.of(0x2e), 0).finally(() => file.close())
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') this.#isLost = true
    } finally {
      this.#isBeating = false
    }
  }
}

/** The claim of a dead process is removed; of one that is silent a mark stays, whose path is given. */
export async function takeAway({ claim, verdict }: Judged, fileSystem: FileSystem): Promise<string | null> {
  if (verdict === 'dead') {
    await fileSystem.remove(claim.file).catch(() => undefined)
    return null
  }
  return claim.place === 'revoked' ? claim.file : revoke(claim, fileSystem)
}

async function revoke(claim: Claim, fileSystem: FileSystem): Promise<string> {
  const file = revokedFile(claim)
  try {
    await fileSystem.rename(claim.file, file)
  } catch (cause) {
    // Another one took it away already, or it was given back.
    if (codeOf(cause) !== 'ENOENT') throw refused('take over lock', cause, claim.file)
  }
  return file
}

export function locked(path: string, { claim, silentMs }: Judged): ChartsealError {
  const { host, pid, place } = claim
  return filesError('files/locked', { path, host, pid, place, silentMs })
}

export function portsOf({
  fileSystem = nodeFileSystem,
  random = systemRandom,
  processes = systemProcesses,
  timer = systemLockTimer,
}: LockOptions): LockPorts {
  return { fileSystem, random, processes, timer }
}
