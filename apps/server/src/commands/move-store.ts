import type { Clock, Random } from '@chartseal/core/ports'
import { dataPaths, takeDataFolder } from '../data-folder.js'
import { type Counts, copyRows, countRows } from '../store/copy.js'
import { arrivingSetting, movedSetting, refuseMoved } from '../store/open.js'
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
 * comes from now on. The log stays where it is. The new one opens once the old one is closed; killed in between, the
 * same command again finishes it.
 * @throws ChartsealError `data-folder/in-use`, `store/not-empty`, `store/moved`, `store/arriving`, `move/incomplete`,
 * `store/…`
 */
export async function moveStore({ data, from, to, clock, random }: MoveOptions): Promise<Counts> {
  const folder = await takeDataFolder(data)
  const { backups } = dataPaths(data)
  const opened: OpenedStore[] = []
  try {
    for (const target of [from, to])
      opened.push(await openStore({ target, clock, random, backups, moving: true, exact: true }))
    const [source, target] = opened
    if (source === undefined || target === undefined) throw new Error('internal: two stores were opened')
    const copied = (await isClosedFor(source, target))
      ? await countRows(target.db)
      : await copy(source, target)
    await folder.check()
    await source.settings.set(movedSetting, nameOf(target))
    await target.db.deleteFrom('settings').where('name', '=', arrivingSetting).execute()
    return copied
  } finally {
    for (const store of opened) await store.close()
    await folder.release()
  }
}

/** Whether an earlier run has done all but opening the new one. */
async function isClosedFor(source: OpenedStore, target: OpenedStore): Promise<boolean> {
  const [moved, arriving] = [
    await source.settings.get(movedSetting),
    await target.settings.get(arrivingSetting),
  ]
  return moved === nameOf(target) && arriving === nameOf(source)
}

async function copy(source: OpenedStore, target: OpenedStore): Promise<Counts> {
  await refuseMoved(source)
  const copied = await copyRows(source.db, target.db, { name: arrivingSetting, value: nameOf(source) })
  refuseDifference(await countRows(source.db), copied)
  return copied
}

function nameOf({ engine }: OpenedStore): string {
  return engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
}

/** Whoever wrote meanwhile did so without the lock of the data folder. @throws ChartsealError `move/incomplete` */
export function refuseDifference(source: Counts, copied: Counts): void {
  for (const [table, rows] of Object.entries(source)) {
    if (copied[table] !== rows)
      throw moveError('move/incomplete', { table, rows, copied: copied[table] ?? 0 })
  }
}
