/** For deciding about a lock that is not given back: whose it is, and taking it away. */
import { dirname } from 'node:path'
import type { Clock } from '../ports.js'
import { systemClock } from '../system.js'
import { type Claim, claimsIn } from './claims.js'
import { codeOf, type Place, refused } from './errors.js'
import type { FileSystem } from './file-system.js'
import { byPid, type JudgePorts, judgeAll, lastSign } from './judge.js'
import { type LockOptions, locked, portsOf, realPathOf, takeAway } from './lock.js'

/** Whose lock it is. */
export interface LockClaim {
  /** What is locked. */
  readonly path: string
  /** The file of the claim. */
  readonly file: string
  /** As far as its first letters; '' when the claim was taken away and nobody has opened the files since. */
  readonly host: string
  readonly pid: number
  readonly place: Place
  /** What its pid proves; `unknown` for another container, machine or boot, where only signs of life count. */
  readonly process: 'alive' | 'dead' | 'unknown'
  /** Since its last sign of life, by the clock given; a living holder shows one every 5 seconds. */
  readonly silentMs: number
}

export interface ClaimOptions extends LockOptions {
  readonly clock?: Clock
}

/**
 * The claims in a folder, or on one locked file. Nothing is written.
 * @throws ChartsealError `files/failed`
 */
export async function readClaims(target: string, options: ClaimOptions = {}): Promise<readonly LockClaim[]> {
  const ports = portsOf(options)
  const { clock = systemClock } = options
  const found = await findClaims(target, options)
  const read = await Promise.all(found.map(claim => describe(claim, clock.nowMs(), ports)))
  return read.flatMap(one => one ?? [])
}

/**
 * Takes a claim away. The next check of a holder that is alive reports it, and it writes nothing more.
 * @throws ChartsealError `files/locked` while it shows signs of life and `force` is not set, which may take 12 seconds to
 * find out; `files/failed`
 */
export async function removeClaim(
  { file }: LockClaim,
  options: ClaimOptions & { readonly force?: boolean } = {},
): Promise<void> {
  const { fileSystem, processes, timer } = portsOf(options)
  const { clock = systemClock, force = false } = options
  const claim = (await findClaims(dirname(file), options)).find(one => one.file === file)
  if (claim === undefined) return
  const ports: JudgePorts = {
    fileSystem,
    processes,
    wait: force ? async () => undefined : ms => timer.wait(ms),
  }
  const [judged] = await judgeAll([claim], clock.nowMs(), ports)
  if (judged === undefined) return
  if (judged.verdict === 'alive' && !force) throw locked(claim.path, judged)
  // The mark that stays makes the next holder void what this one may still write.
  if (claim.place !== 'revoked') await takeAway(judged, fileSystem)
}

async function findClaims(target: string, options: ClaimOptions): Promise<readonly Claim[]> {
  const { fileSystem, processes } = portsOf(options)
  const self = await processes.self()
  if (await isFolder(target, fileSystem)) return claimsIn(fileSystem, target, self)
  const path = await realPathOf(fileSystem, target)
  return claimsIn(fileSystem, dirname(path), self, path)
}

async function isFolder(target: string, fileSystem: FileSystem): Promise<boolean> {
  try {
    await fileSystem.list(target)
    return true
  } catch (cause) {
    if (['ENOTDIR', 'ENOENT'].includes(codeOf(cause) ?? '')) return false
    throw refused('list locks in', cause, target)
  }
}

/** `null` for one that was given back meanwhile. */
async function describe(claim: Claim, nowMs: number, ports: LockOptions): Promise<LockClaim | null> {
  const { fileSystem, processes } = portsOf(ports)
  const modifiedMs = await lastSign(claim, fileSystem)
  if (modifiedMs === null) return null
  const { path, file, host, pid, place } = claim
  const process = (await byPid(claim, processes)) ?? 'unknown'
  return { path, file, host, pid, place, process, silentMs: Math.max(0, Math.round(nowMs - modifiedMs)) }
}
