import { type ClinicLog, openClinicLog } from '@chartseal/clinic/fs/log'
import { toJsonText } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import type { FolderSystem } from '@chartseal/tlog/fs'
import type { DataPaths } from '../data-folder.js'
import type { Claim } from '../store/claim.js'
import type { OpenedStore, Store } from '../store.js'
import { AuditLog } from './audit-log.js'
import type { ClinicDescription } from './clinic.js'
import type { ConsoleFiles } from './console-files.js'
import { asCurrentLogError, requireCurrent, requireLogKey } from './current-log.js'

export interface OpenLogOptions {
  readonly paths: DataPaths
  /** The text of a C2SP policy. */
  readonly policy: string | null
  readonly clock: Clock
  readonly random: Random
  readonly onLogFailure: (code: string) => void
  readonly onClockBack: (behindMs: number) => void
  readonly logSystem?: FolderSystem
}

/** Opens the log for this process alone, and only where it is the one that the store goes on with. */
export function openLog(
  { logOrigin }: ClinicDescription,
  store: OpenedStore,
  options: OpenLogOptions,
): Promise<AuditLog> {
  const { paths, policy, clock, random, onLogFailure: onFailure, onClockBack } = options
  const known = {
    ...(policy === null ? {} : { policy }),
    ...(options.logSystem === undefined ? {} : { system: options.logSystem }),
  }
  const opened = async (): Promise<ClinicLog> => {
    const { claim } = store
    await requireLogKey(paths)
    const log = await openClinicLog({
      clock,
      random,
      folder: paths.log,
      signingKey: paths.signingKey,
      origin: logOrigin,
      onClockBack,
      ...known,
      ...(await confirming(claim, logOrigin)),
    }).catch((error: unknown) => {
      throw claim.isShared ? asCurrentLogError(error, paths) : error
    })
    try {
      await requireCurrent(log, store, logOrigin, paths)
      if (claim.isShared) await stateWriter(log, claim, random)
      return log
    } catch (error) {
      await log.close().catch(() => undefined)
      throw error
    }
  }
  const open = async (): Promise<ClinicLog> => {
    await store.claim.take()
    try {
      return await opened()
    } catch (error) {
      // Another server may have the newest log.
      await store.claim.release()
      throw error
    }
  }
  const mayWrite = (): boolean => store.claim.isHeld()
  return AuditLog.open({ origin: logOrigin, open, mayWrite, clock, random, onFailure })
}

/** What the writer of a log asks and must find, where several servers could be its writer. */
export async function confirming(
  claim: Claim,
  origin: string,
): Promise<Pick<Parameters<typeof openClinicLog>[0], 'confirm' | 'contains'>> {
  if (!claim.isShared) return {}
  const { number } = claim
  const end = await claim.endOf(origin)
  return { confirm: now => claim.confirm(origin, now, number), ...(end === null ? {} : { contains: end }) }
}

/** From here on the leaves are of this writer: everybody can see that there was one at a time. */
async function stateWriter({ writer }: ClinicLog, { number }: Claim, random: Random): Promise<void> {
  await writer.append({ id: random.bytes(16), text: toJsonText({ event: 'log-writer', number }) })
}

/** What is given out is in the log before it is given out: at each start, so that witnesses see it. */
export async function stateConsole(
  store: Store,
  log: AuditLog,
  console: ConsoleFiles | null,
  { random, version }: { readonly random: Random; readonly version: string },
): Promise<number | null> {
  const text = toJsonText({ console: console?.manifestSha256 ?? '', version })
  const index = await log.append(random.bytes(16), { text })
  await store.settings.set('console', text)
  return console === null ? null : index
}
