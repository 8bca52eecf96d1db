/** The two keys of the ledger on the machine of a clinic: what seals, and what changes the roster. No backup has them. */
import { access } from 'node:fs/promises'
import { createLogKey, readLogKey } from '@chartseal/clinic/fs/log'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import type { DataPaths } from '../data-folder.js'

export type LedgerKey = Awaited<ReturnType<typeof readLogKey>>

/** Names of the logs, which a key of each is made under. */
export const ledgerOrigin = (host: string): string => `${host}/ledger`
const registrarName = (host: string): string => `${host}/registrar`

/** Makes those that are missing: an interrupted start may have made one. */
export async function makeLedgerKeys(
  { ledgerKey, registrarKey }: DataPaths,
  host: string,
  random: Random,
): Promise<void> {
  await createOnce(ledgerKey, ledgerOrigin(host), random)
  await createOnce(registrarKey, registrarName(host), random)
}

/** The key in a file, which the caller wipes; `null` where there is none. */
export async function keyIfThere(path: string): Promise<LedgerKey | null> {
  try {
    await access(path)
  } catch {
    return null
  }
  return readLogKey(path)
}

/** Makes a key in a new file, or leaves the one that is there. */
export async function createOnce(path: string, name: string, random: Random): Promise<void> {
  try {
    await createLogKey(path, name, random)
  } catch (error) {
    const { systemCode }: { systemCode?: unknown } = Object(
      error instanceof ChartsealError ? error.context : {},
    )
    if (systemCode !== 'EEXIST') throw error
  }
}
