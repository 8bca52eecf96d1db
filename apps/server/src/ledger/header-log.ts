/** The log of headers that a sequencer keeps, in the data folder: leaf i is the header of height i. */
import type { Clock, Random } from '@chartseal/core/ports'
import { type HeaderLog, headerLeaves, headerLog } from '@chartseal/emr-ledger'
import { ed25519Signer, openLogWriter } from '@chartseal/tlog'
import { fileStorage, folderSource } from '@chartseal/tlog/fs'
import type { LedgerKey } from './keys.js'

export interface HeaderLogOptions {
  /** Absolute. */
  readonly folder: string
  readonly origin: string
  readonly key: LedgerKey
  readonly clock: Clock
  readonly random: Random
}

export interface OpenHeaderLog {
  readonly log: HeaderLog
  close(): Promise<void>
}

/** @throws ChartsealError `log/…`, `files/…` */
export async function openHeaderLog(options: HeaderLogOptions): Promise<OpenHeaderLog> {
  const { folder, origin, key, clock, random } = options
  const writer = await openLogWriter({
    storage: fileStorage(folder, { random }),
    codec: headerLeaves,
    origin,
    signer: ed25519Signer(origin, key),
    clock,
    random,
  })
  return { log: headerLog(writer, folderSource(folder)), close: () => writer.close() }
}
