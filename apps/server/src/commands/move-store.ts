import type { Clock, Random } from '@chartseal/core/ports'
import { dataPaths, takeDataFolder } from '../data-folder.js'
import { type Counts, copyRows, countRows } from '../store/copy.js'
import { movedSetting } from '../store/open.js'
import { type OpenedStore, openStore, type StoreTarget } from '../store.js'
import { moveError } from './errors.js'

export interface MoveOptions {
  /** The data folder, absolute. Its server must be stopped. */
  readonly data: string
  readonly from: StoreTarget
  /** An empty one: a new database of PostgreSQL, or a file that is not there. */
  readonly to: StoreTarget
  readonly clock: Clock
  readonly random: Random
}

/**
 * Copies everything from one engine to the other and closes the old store to everybody, who would go on without what
 * comes from now on. The log stays where it is.
 * @throws ChartsealError `data-folder/in-use`, `store/not-empty`, `store/moved`, `move/incomplete`, `store/…`
 */
export async function moveStore({ data, from, to, clock, random }: MoveOptions): Promise<Counts> {
  const folder = await takeDataFolder(data)
  const { backups } = dataPaths(data)
  const opened: OpenedStore[] = []
  try {
    const source = await openStore({ target: from, clock, random, backups })
    opened.push(source)
    const target = await openStore({ target: to, clock, random, backups })
    opened.push(target)
    const copied = await copyRows(source.db, target.db)
    refuseDifference(await countRows(source.db), copied)
    await folder.check()
    await source.settings.set(movedSetting, target.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL')
    return copied
  } finally {
    for (const store of opened) await store.close()
    await folder.release()
  }
}

/** Whoever wrote meanwhile did so without the lock of the data folder. @throws ChartsealError `move/incomplete` */
export function refuseDifference(source: Counts, copied: Counts): void {
  for (const [table, rows] of Object.entries(source)) {
    if (copied[table] !== rows)
      throw moveError('move/incomplete', { table, rows, copied: copied[table] ?? 0 })
  }
}
