/** The prescription ledger of a restore: the newest copy that is at hand, or none. */
import { chmod, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { attempt, readLog } from '@chartseal/core/files'
import { blockLogKind, decodeGenesis } from '@chartseal/emr-ledger'
import { type DataPaths, dataPaths } from '../data-folder.js'
import { copyLog } from './copy-log.js'
import { copyOne, copyTree, exists } from './disk.js'
import { restoreError } from './errors.js'
import { isUrl } from './fetch-log.js'
import type { RestoreOptions } from './restore.js'

/** A folder of a ledger, and how many blocks it has behind block 0. */
interface Copy {
  readonly folder: string
  readonly blocks: number
}

export interface RestoredLedger {
  /** The genesis of the ledger that goes on; `null` where a new one begins. */
  readonly genesis: Uint8Array | null
  /** Whether the key that seals is there. */
  readonly seals: boolean
  /** Whether whoever seals also votes, so that a restored clinic needs another key. */
  readonly votes: boolean
}

/** How many blocks a file has, what an interrupted write left not counted; 0 where there is none. */
export async function blocksIn(file: string): Promise<number> {
  if (!(await exists(file))) return 0
  const log = await readLog(file, { kind: blockLogKind })
  try {
    return log.length
  } finally {
    await log.close()
  }
}

/**
 * Copies the ledger with its keys, which lie beside that of the log. Where the log begins anew, so does the ledger: its
 * blocks stay, where they can still be read.
 * @param needed height that the log names
 * @throws ChartsealError `restore/ledger-behind`, `restore/ledger-diverged`, `files/…`
 */
export async function restoreLedger(
  { from, key, log, newLog }: Pick<RestoreOptions, 'from' | 'key' | 'log' | 'newLog'>,
  paths: DataPaths,
  needed: number,
): Promise<RestoredLedger> {
  const backed = join(from, 'ledger')
  if (newLog !== undefined) {
    await copyTree(backed, paths.formerLedger)
    return { genesis: null, seals: true, votes: false }
  }
  const newest = await newestOf(backed, log)
  if (newest.blocks < needed) throw restoreError('restore/ledger-behind', { blocks: newest.blocks, needed })
  await copyLog(join(newest.folder, 'log'), paths.ledgerLog)
  await copyOne(join(newest.folder, 'blocks.log'), paths.ledgerBlocks)
  const hasGenesis = await copyOne(join(newest.folder, 'genesis'), paths.ledgerGenesis)
  const { ledgerGenesis: file } = paths
  const genesis = hasGenesis ? await attempt('read', () => readFile(file), file) : null
  // What it has voted for is nowhere in a copy: a second vote of that key could make two histories final.
  const votes = genesis !== null && decodeGenesis(genesis).seal.kind === 'poa'
  const seals = !votes && (await copyKey(join(dirname(key), 'ledger.key'), paths.ledgerKey))
  await copyKey(join(dirname(key), 'registrar.key'), paths.registrarKey)
  return { genesis, seals, votes }
}

async function newestOf(backed: string, log: string | undefined): Promise<Copy> {
  const own = await copyIn(backed)
  const other = log === undefined ? null : await copyBeside(log)
  if (other === null) return own
  if (!(await isSame(own, other))) throw restoreError('restore/ledger-diverged', {})
  return other.blocks >= own.blocks ? other : own
}

async function copyIn(folder: string): Promise<Copy> {
  return { folder, blocks: await blocksIn(join(folder, 'blocks.log')) }
}

/** Of the data folder that `--log` names, or whose log it names. */
async function copyBeside(log: string): Promise<Copy | null> {
  if (isUrl(log)) return null
  for (const folder of [log, dirname(resolve(log))]) {
    const { ledger, ledgerBlocks } = dataPaths(folder)
    if (await exists(ledgerBlocks)) return copyIn(ledger)
  }
  return null
}

/** Whether one is the beginning of the other: the newest block of the shorter one stands in the longer one. */
async function isSame(one: Copy, other: Copy): Promise<boolean> {
  const common = Math.min(one.blocks, other.blocks)
  if (common === 0) return true
  const last = await Promise.all([one, other].map(copy => blockAt(copy, common - 1)))
  const [a, b] = last
  return a !== undefined && b !== undefined && equal(a, b)
}

async function blockAt({ folder }: Copy, entry: number): Promise<Uint8Array | undefined> {
  const log = await readLog(join(folder, 'blocks.log'), { kind: blockLogKind })
  try {
    for await (const block of log.read(entry)) return Uint8Array.from(block)
    return undefined
  } finally {
    await log.close()
  }
}

/** Whatever the medium that it comes from allows: here its owner alone reads it. */
async function copyKey(from: string, to: string): Promise<boolean> {
  const isThere = await copyOne(from, to)
  if (isThere) await attempt('change the mode', () => chmod(to, 0o600), to)
  return isThere
}
