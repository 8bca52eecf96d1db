/** A copy of a log whose writer goes on meanwhile. */
import { join } from 'node:path'
import { copyOne, filesIn } from './disk.js'

/**
 * In this order: what was signed, the journal, bundles and tiles. So the copy has every entry that was durable when it
 * began, and all that its checkpoint speaks of: an entry that leaves the journal stands in a bundle before. What the
 * writer had not finished is cut off, and tiles are made again, when the copy is opened.
 */
export async function copyLog(from: string, to: string): Promise<void> {
  const all = (await filesIn(from)).filter(path => !isOwn(path))
  const signed = all.filter(path => path === 'checkpoint' || /^\.state\/(signed|policy)$/.test(path))
  const journal = all.filter(path => /^\.state\/journal\./.test(path))
  for (const path of [...signed, ...journal]) await copyOne(join(from, path), join(to, path))
  // Listed again: full bundles may have come since.
  const tiles = (await filesIn(join(from, 'tile'))).filter(path => !isOwn(path))
  for (const path of tiles) await copyOne(join(from, 'tile', path), join(to, 'tile', path))
}

/** Of the process that writes it: its lock, and files that are not whole yet. */
function isOwn(path: string): boolean {
  return /\.tmp$|\.lock,/.test(path)
}
