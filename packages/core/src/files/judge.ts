/** Whether the process of a claim is alive: by its pid where that means something, else by signs of life. */
import type { Claim } from './claims.js'
import { codeOf, refused } from './errors.js'
import type { FileSystem } from './file-system.js'
import type { Processes } from './processes.js'

/** A holder shows a sign of life this often: it writes a byte into its claim. */
export const beatMs = 5_000
/** After so long without one a holder that cannot be judged by its pid is watched … */
const silenceMs = 60_000
/** … for this long, and counts as alive when it shows one meanwhile. */
const watchMs = 12_000
/** Holders of version 0.1.0 show no sign of life: only the age of the claim counts. */
const oldSilenceMs = 24 * 3_600_000

/** `silent`: not proven dead, but without a sign of life. */
export type Verdict = 'alive' | 'dead' | 'silent'

export interface Judged {
  readonly claim: Claim
  readonly verdict: Verdict
  /** Since the last sign of life. */
  readonly silentMs: number
}

export interface JudgePorts {
  readonly fileSystem: FileSystem
  readonly processes: Processes
  readonly wait: (ms: number) => Promise<void>
}

/**
 * Judges each claim. Watches those that need it, unless another is alive already. `nowMs` is the time by the
 * clock of the file system: the clocks of two machines differ.
 * @throws ChartsealError `files/failed`
 */
export async function judgeAll(
  claims: readonly Claim[],
  nowMs: number,
  ports: JudgePorts,
): Promise<readonly Judged[]> {
  const first = await Promise.all(claims.map(claim => glance(claim, nowMs, ports)))
  if (first.some(({ verdict }) => verdict === 'alive')) return first.map(settled)
  const watched = first.filter(({ verdict }) => verdict === 'watch')
  if (watched.length > 0) await ports.wait(watchMs)
  return Promise.all(
    first.map(async one => (one.verdict === 'watch' ? afterWatch(one, ports) : settled(one))),
  )
}

interface Glance {
  readonly claim: Claim
  readonly verdict: Verdict | 'watch'
  readonly silentMs: number
  readonly modifiedMs: number | null
}

/** Without waiting; who would have to be watched counts as alive. */
function settled({ claim, verdict, silentMs }: Glance): Judged {
  return { claim, verdict: verdict === 'watch' ? 'alive' : verdict, silentMs }
}

async function glance(claim: Claim, nowMs: number, { fileSystem, processes }: JudgePorts): Promise<Glance> {
  const modifiedMs = await lastSign(claim, fileSystem)
  const silentMs = modifiedMs === null ? 0 : Math.max(0, Math.round(nowMs - modifiedMs))
  const isGone = modifiedMs === null
  const verdict = isGone ? 'dead' : ((await byPid(claim, processes)) ?? bySilence(claim, silentMs))
  return { claim, verdict, silentMs, modifiedMs }
}

/** `null` when the claim is gone. */
export async function lastSign({ file }: Claim, fileSystem: FileSystem): Promise<number | null> {
  try {
    return (await fileSystem.status(file)).modifiedMs
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw refused('stat', cause, file)
  }
}

/** `null` where the pid says nothing. */
export async function byPid(claim: Claim, processes: Processes): Promise<'alive' | 'dead' | null> {
  if (claim.place !== 'same-space') return null
  const now = await processes.startOf(claim.pid)
  if (now === null) return 'dead'
  if (now !== '' && claim.started !== '') return now === claim.started ? 'alive' : 'dead'
  return claim.isOld ? 'alive' : null
}

function bySilence({ place, isOld }: Claim, silentMs: number): Verdict | 'watch' {
  if (place === 'revoked') return 'silent'
  if (place === 'earlier-boot') return isOld || silentMs >= silenceMs ? 'silent' : 'watch'
  if (isOld) return silentMs >= oldSilenceMs ? 'silent' : 'alive'
  return silentMs >= silenceMs ? 'watch' : 'alive'
}

async function afterWatch({ claim, modifiedMs, silentMs }: Glance, ports: JudgePorts): Promise<Judged> {
  const later = await lastSign(claim, ports.fileSystem)
  if (later === null) return { claim, verdict: 'dead', silentMs }
  return later === modifiedMs
    ? { claim, verdict: 'silent', silentMs }
    : { claim, verdict: 'alive', silentMs: 0 }
}
