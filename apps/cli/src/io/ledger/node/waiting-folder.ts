/**
 * Records that wait to be sealed, a file each: a node whose index is in memory takes them in again when it starts. What a
 * block has is removed then, and not before, as a branch may be left while the node runs.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { attempt, replaceFile } from '@chartseal/core/files'
import { decodeRecord, type LedgerNode, type LedgerRecord } from '@chartseal/emr-ledger'

export interface WaitingFolder {
  /** Durable when it resolves; the same again changes nothing. */
  keep(record: Uint8Array): Promise<void>
  /** Hands in again what waits, and removes what is sealed or can never be. Gives how many wait. */
  restore(node: Pick<LedgerNode, 'submit' | 'record'>): Promise<number>
}

const fileName = /^[0-9a-f]{64}$/
/** Refused by how this node runs now: another run may take it. */
const passing: readonly string[] = [
  'ledger/no-finality',
  'ledger/not-deep-enough',
  'ledger/pending-full',
  'ledger/pending-of-signer',
]

export function waitingFolder(folder: string): WaitingFolder {
  const fileOf = ({ txid }: Pick<LedgerRecord, 'txid'>): string => join(folder, encodeHex(txid))
  return {
    async keep(bytes) {
      await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
      await replaceFile(fileOf(decodeRecord(bytes)), bytes, { mode: 0o600 })
    },
    async restore(node) {
      let waiting = 0
      for (const record of await recordsIn(folder))
        if (await handedIn(node, record)) waiting++
        else await attempt('remove', () => rm(fileOf(record), { force: true }), folder)
      return waiting
    },
  }
}

/** In the order of their numbers; what is no record is left as it is. */
async function recordsIn(folder: string): Promise<readonly LedgerRecord[]> {
  const names = await readdir(folder).catch(() => [])
  const records: LedgerRecord[] = []
  for (const name of names.filter(one => fileName.test(one))) {
    const bytes = await attempt('read', () => readFile(join(folder, name)), folder)
    try {
      records.push(decodeRecord(Uint8Array.from(bytes)))
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
    }
  }
  return records.sort((a, b) => (a.claims.seq < b.claims.seq ? -1 : 1))
}

async function handedIn(
  node: Pick<LedgerNode, 'submit' | 'record'>,
  { bytes, txid }: LedgerRecord,
): Promise<boolean> {
  try {
    await node.submit(bytes)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return passing.includes(error.code)
  }
  return (await node.record(txid))?.kind === 'pending'
}
