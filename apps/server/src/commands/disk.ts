/** Files of a copy: each is on the disk before the name that says it is whole. */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { attempt, lentPieces, lockFile, nodeFileSystem, systemCodeOf } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'

export async function makeFolder(path: string): Promise<void> {
  await attempt('make', () => mkdir(path, { recursive: true, mode: 0o700 }), path)
}

export async function exists(path: string): Promise<boolean> {
  const missing = ['ENOENT', 'ENOTDIR']
  const looked = stat(path).then(
    () => true,
    (cause: unknown) => {
      if (missing.includes(systemCodeOf(cause) ?? '')) return false
      throw cause
    },
  )
  return attempt('stat', () => looked, path)
}

/** Copies one file; false when it is not there any more. Its folder is made. */
export async function copyOne(from: string, to: string): Promise<boolean> {
  await makeFolder(dirname(to))
  try {
    await copyFile(from, to)
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT' && !(await exists(from))) return false
    await attempt('copy', () => Promise.reject(cause), from)
  }
  return true
}

/** Copies all files of a folder that nobody writes, if it is there. */
export async function copyTree(from: string, to: string): Promise<void> {
  for (const file of await filesIn(from)) await copyOne(join(from, file), join(to, file))
}

/** The paths of all files below a folder, relative to it, sorted; none for a folder that is not there. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  if (!(await exists(folder))) return []
  const entries = await attempt(
    'list',
    () => readdir(folder, { recursive: true, withFileTypes: true }),
    folder,
  )
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).toSorted()
}

export async function digestOf(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  const file = await attempt('read', () => nodeFileSystem.open(path, 'read', 0), path)
  let bytes = 0
  const readAll = async (): Promise<void> => {
    for await (const piece of lentPieces(file)) {
      hash.update(piece)
      bytes += piece.length
    }
  }
  await attempt('read', readAll, path).finally(() => file.close())
  return { sha256: hash.digest('hex'), bytes }
}

/** Makes all files below a folder durable, and their names. */
async function syncTree(folder: string): Promise<void> {
  const folders = new Set([folder])
  for (const file of await filesIn(folder)) {
    const path = join(folder, file)
    await attempt('fsync', () => syncFile(path), path)
    for (let up = dirname(path); up.length >= folder.length; up = dirname(up)) folders.add(up)
  }
  for (const path of folders)
    await attempt('fsync of the folder', () => nodeFileSystem.syncFolder(path), path)
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  await file.sync().finally(() => file.close())
}

/** Gives a finished folder its name, durably. */
export async function putInPlace(from: string, to: string): Promise<void> {
  await syncTree(from)
  await attempt('rename', () => rename(from, to), to)
  await attempt('fsync of the folder', () => nodeFileSystem.syncFolder(dirname(to)), dirname(to))
}

/**
 * Gives a new folder for what is not whole yet to `work`, and removes it in the end; first of all those that killed
 * processes left for the same `target`. One at a time.
 * @throws ChartsealError `files/locked`, `files/failed`
 */
export async function withUnfinished<Result>(
  target: string,
  random: Random,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const [parent, prefix] = [dirname(target), `${basename(target)}.unfinished-`]
  await makeFolder(parent)
  const lock = await lockFile(target, { random })
  const folder = join(parent, `${prefix}${encodeHex(random.bytes(8))}`)
  try {
    await lock.settle()
    const names = await attempt('list', () => readdir(parent), parent)
    for (const name of names) if (name.startsWith(prefix)) await removeTree(join(parent, name))
    await makeFolder(folder)
    return await work(folder)
  } finally {
    await removeTree(folder)
    await lock.release()
  }
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined)
}
