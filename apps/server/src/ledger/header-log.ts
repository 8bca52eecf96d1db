/** The log of headers that a sequencer keeps, in the data folder: leaf i is the header of height i. */
import { cosignByHttp } from '@chartseal/clinic/fs/log'
import type { Clock, Random } from '@chartseal/core/ports'
import { type HeaderLog, headerLeaves, headerLog } from '@chartseal/emr-ledger'
import { ed25519Signer, openLogWriter } from '@chartseal/tlog'
import { fileStorage, folderSource } from '@chartseal/tlog/fs'
import { confirming } from '../clinic/open-log.js'
import type { Claim } from '../store/claim.js'
import type { LedgerKey } from './keys.js'

export interface HeaderLogOptions {
  /** Absolute. */
  readonly folder: string
  readonly origin: string
  readonly key: LedgerKey
  readonly clock: Clock
  readonly random: Random
  /** The text of a C2SP policy; `null`: the one that the log remembers, or none. */
  readonly policy: string | null
  /** Whose right to write it is. */
  readonly claim: Claim
}

export interface OpenHeaderLog {
  readonly log: HeaderLog
  close(): Promise<void>
}

/** @throws ChartsealError `log/…`, `files/…` */
export async function openHeaderLog(options: HeaderLogOptions): Promise<OpenHeaderLog> {
  const { folder, origin, key, clock, random, policy, claim } = options
  const writer = await openLogWriter({
    storage: fileStorage(folder, { random }),
    codec: headerLeaves,
    origin,
    signer: ed25519Signer(origin, key),
    clock,
    random,
    ...(policy === null ? {} : { policy }),
    cosignBy: cosignByHttp,
    ...(await confirming(claim, origin)),
  })
  return { log: headerLog(writer, folderSource(folder)), close: () => writer.close() }
}
