import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { openLogKey } from '@chartseal/clinic/fs/log'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { attempt } from '@chartseal/core/files'
import { type NoteVerifier, parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { blockPath, digestOf } from '../clinic/blocks.js'
import { inspectCopy } from '../store/inspect.js'
import { copyLog } from './copy-log.js'
import { removeTree } from './disk.js'
import { backupError, restoreError } from './errors.js'
import { readLogTree } from './log-tree.js'
import { claimedOrigin, readManifest } from './manifest.js'
import { blocksIn } from './restore-ledger.js'

/** The log of a backup, as its leaves make it. */
export interface CheckedBackup {
  readonly verifier: NoteVerifier
  readonly checkpoint: string
  readonly origin: string
  readonly madeMs: number
  readonly size: number
  /** Whether officers hold the key of its log together. */
  readonly isHeld: boolean
}

/**
 * Reads all of a backup, and changes nothing of it: every file, the store's pages and its blocks, the log's tree against its
 * checkpoint.
 * @param scratch a folder on a disk with room for a copy
 * @throws ChartsealError `backup/missing`, `backup/damaged`, `backup/other-key`, `note/…`, `store/damaged`, `restore/log-behind-store`
 */
export async function checkBackup(folder: string, keyFile: string, scratch: string): Promise<CheckedBackup> {
  const { log: verifier, own, isHeld } = await verifiersOf(keyFile, await claimedOrigin(folder))
  const { checkpoint, madeMs, digests } = await readManifest(folder, own).catch((error: unknown) => {
    const isOther = error instanceof ChartsealError && error.code === 'note/unsigned'
    throw isOther ? backupError('backup/other-key', { folder, key: keyFile }) : error
  })
  const { origin, size: signed, root } = verifyCheckpoint(checkpoint, { log: verifier })
  const tree = await treeOfCopy(join(folder, 'log'), signed, scratch)
  if (tree.rootAt(signed) !== encodeHex(root)) {
    throw backupError('backup/damaged', {
      file: 'log',
      reason: 'its leaves do not make the tree of its checkpoint',
    })
  }
  const { lastLeafIndex, blocks } = await inspectCopy(join(folder, 'store.db'), origin, scratch)
  if (lastLeafIndex >= tree.size) {
    throw restoreError('restore/log-behind-store', { size: tree.size, needed: lastLeafIndex })
  }
  for (const cid of blocks) requireBlock(cid, digests)
  const blocksOfLedger = await blocksIn(join(folder, 'ledger/blocks.log'))
  if (blocksOfLedger < tree.ledgerHeight)
    throw restoreError('restore/ledger-behind', { blocks: blocksOfLedger, needed: tree.ledgerHeight })
  return { verifier, checkpoint, origin, madeMs, size: tree.size, isHeld }
}

function requireBlock(cid: string, digests: ReadonlyMap<string, string>): void {
  const file = `blocks/${blockPath(cid)}`
  const sha256 = digests.get(file)
  if (sha256 === undefined) throw backupError('backup/damaged', { file, reason: 'it is missing' })
  if (sha256 !== digestOf(cid))
    throw backupError('backup/damaged', { file, reason: 'it is not what its CID names' })
}

/** Of the log, and of what its server signs beside it: the same, unless officers hold the key of the log together. */
async function verifiersOf(
  keyFile: string,
  origin: string,
): Promise<{ readonly log: NoteVerifier; readonly own: NoteVerifier; readonly isHeld: boolean }> {
  using key = await openLogKey(keyFile, origin)
  const [log, own] = [parseVerifierKey(key.verifierKey), parseVerifierKey(key.own.verifierKey)]
  return { log, own, isHeld: key.together !== null }
}

export async function verifierOf(keyFile: string, origin: string): Promise<NoteVerifier> {
  return (await verifiersOf(keyFile, origin)).log
}

/** Opening a log cuts and makes files, so a copy of it is opened. */
async function treeOfCopy(log: string, size: number, scratch: string): ReturnType<typeof readLogTree> {
  const folder = await attempt('make', () => mkdtemp(join(scratch, '.check-')), scratch)
  try {
    await copyLog(log, join(folder, 'log'))
    return await readLogTree(join(folder, 'log'), [size])
  } finally {
    await removeTree(folder)
  }
}
