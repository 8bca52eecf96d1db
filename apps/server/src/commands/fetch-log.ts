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
import { fileStorage } from '@chartseal/tlog/fs'
import { copyLog } from './copy-log.js'
import { exists } from './disk.js'
import { backupError } from './errors.js'

/** @throws ChartsealError `backup/missing`, `note/…`, `verify/…` for a mirror that does not hold what it signed */
export async function bringLog(
  source: string,
  to: string,
  verifier: NoteVerifier,
  fetch: FetchLike,
): Promise<void> {
  if (/^https?:\/\//.test(source)) return mirror(httpSource(source, fetch), source, to, verifier)
  // The folder of the log, or the data folder that has it.
  const folder = (await exists(join(source, 'checkpoint'))) ? source : join(source, 'log')
  if (!(await exists(join(folder, 'checkpoint')))) throw backupError('backup/missing', { folder: source })
  await copyLog(folder, to)
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
