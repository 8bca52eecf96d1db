/** The log to go on with, brought into a new folder: from a data folder that is older or newer, or from a mirror. */
import { join } from 'node:path'
import { decodeUtf8 } from '@chartseal/core/encoding'
import {
  encodeBundle,
  type FetchLike,
  httpSource,
  type NoteVerifier,
  readLeaves,
  type TileSource,
  verifyCheckpoint,
} from '@chartseal/tlog'
import { fileStorage, folderSource } from '@chartseal/tlog/fs'
import { copyLog } from './copy-log.js'
import { copyOne, exists } from './disk.js'
import { backupError } from './errors.js'

/** Of what `--log` names: not a folder. */
export const isUrl = (source: string): boolean => /^https?:\/\//.test(source)

export interface BringLog {
  /** A data folder or the folder of a log, with the state of its writer or as it is served; or a URL. */
  readonly source: string
  readonly to: string
  /** The log in the backup, which remembers the witnesses where the source does not. */
  readonly backed: string
  readonly verifier: NoteVerifier
  readonly fetch: FetchLike
}

/** @throws ChartsealError `backup/missing`, `note/…`, `verify/…` for a mirror that does not hold what it signed */
export async function bringLog({ source, to, backed, verifier, fetch }: BringLog): Promise<void> {
  const isRemote = isUrl(source)
  const folder = isRemote || (await exists(join(source, 'checkpoint'))) ? source : join(source, 'log')
  if (!isRemote && (await exists(join(folder, '.state')))) return copyLog(folder, to)
  await mirror(isRemote ? httpSource(source, fetch) : folderSource(folder), source, to, verifier)
  await copyOne(join(backed, '.state/policy'), join(to, '.state/policy'))
}

/** Each leaf is checked against the root of the mirror's checkpoint, which the log's key must have signed. */
async function mirror(source: TileSource, name: string, to: string, verifier: NoteVerifier): Promise<void> {
  const signed = await source.read('checkpoint')
  if (signed === null) throw backupError('backup/missing', { folder: name })
  const head = verifyCheckpoint(decodeUtf8(signed), { log: verifier })
  const storage = await fileStorage(to).open()
  try {
    let leaves: Uint8Array[] = []
    let first = 0
    const put = async (): Promise<void> => {
      if (leaves.length > 0) await storage.append({ first, entries: encodeBundle(leaves) })
      first += leaves.length
      leaves = []
    }
    for await (const leaf of readLeaves(source, 0, head.size, head)) {
      leaves.push(leaf)
      if (leaves.length === bundleEntries) await put()
    }
    await put()
    await storage.replace('checkpoint', signed)
  } finally {
    await storage.close()
  }
}

const bundleEntries = 256
