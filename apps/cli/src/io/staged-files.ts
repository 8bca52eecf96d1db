/**
 * Several files that appear together or not at all. They are written and durable beside their place before anything is
 * moved, so that a full disk or a killed process leaves what was there. A folder that does not exist yet appears whole,
 * in one rename.
 */
import { mkdir, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { attempt, type FileSystem, nodeFileSystem, writeFully } from '@chartseal/core/files'
import { UsageError } from './errors.js'
import { fileProblem, pathOf } from './files.js'
import type { Io } from './io.js'

export interface NamedData {
  readonly file: string
  readonly data: string | Uint8Array
  readonly secret: boolean
}

export interface StagedFiles {
  /** Moves the files to their places. */
  publish(): Promise<void>
  /** Removes what was written. */
  discard(): Promise<void>
}

export interface StageOptions {
  /** Replace files that exist. */
  readonly force: boolean
  readonly fileSystem?: FileSystem
}

interface Move {
  readonly from: string
  readonly to: string
}

/** Stages and publishes in one go. @throws UsageError when a file exists and `force` is not given */
export async function writeAll(
  io: Io,
  folder: string,
  files: readonly NamedData[],
  options: StageOptions,
): Promise<void> {
  const staged = await stageFiles(io, folder, files, options)
  await staged.publish()
}

/** Writes the files of one folder beside their places. @throws UsageError when one exists and `force` is not given */
export async function stageFiles(
  io: Io,
  folder: string,
  files: readonly NamedData[],
  options: StageOptions,
): Promise<StagedFiles> {
  if (!options.force) await refuseExisting(io, ...files.map(({ file }) => file))
  const path = pathOf(io, folder)
  const mark = `${encodeHex(io.random.bytes(8))}.tmp`
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === false) throw new UsageError(`cannot write into ${folder}: it is not a folder`)
  try {
    return await (found === null ? inNewFolder : besides)(path, mark, files, options)
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
}

/** @throws UsageError */
export async function refuseExisting(io: Io, ...files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = file === '-' ? null : await stat(pathOf(io, file)).catch(() => null)
    // A device such as /dev/null is written to, not replaced.
    if (found?.isFile() || found?.isDirectory())
      throw new UsageError(`cannot write ${file}: it exists already; --force replaces it`)
  }
}

async function inNewFolder(
  path: string,
  mark: string,
  files: readonly NamedData[],
  { fileSystem = nodeFileSystem }: StageOptions,
): Promise<StagedFiles> {
  const home = `${path}.${mark}`
  const written = files.map(({ file }) => join(home, basename(file)))
  const discard = async (): Promise<void> => {
    await removeAll(fileSystem, written)
    await rmdir(home).catch(() => undefined)
  }
  await mkdir(home, { recursive: true, mode: 0o700 })
  await undoing(discard, async () => {
    for (const [i, file] of files.entries()) await writeNew(fileSystem, written[i] ?? '', file)
    await attempt('fsync of the folder', () => fileSystem.syncFolder(home), home)
  })
  const publish = (): Promise<void> =>
    undoing(discard, async () => {
      await attempt('rename', () => fileSystem.rename(home, path), path)
      await attempt('fsync of the folder', () => fileSystem.syncFolder(dirname(path)), dirname(path))
    })
  return { publish, discard }
}

async function besides(
  path: string,
  mark: string,
  files: readonly NamedData[],
  { force, fileSystem = nodeFileSystem }: StageOptions,
): Promise<StagedFiles> {
  const moves = files.map(({ file }) => {
    const to = join(path, basename(file))
    return { from: `${to}.${mark}`, to }
  })
  const discard = (): Promise<void> =>
    removeAll(
      fileSystem,
      moves.map(({ from }) => from),
    )
  await undoing(discard, async () => {
    for (const [i, file] of files.entries()) await writeNew(fileSystem, moves[i]?.from ?? '', file)
  })
  // What would replace something stays beside its place when it cannot be moved: a set must not be lost by halves.
  const undo = force ? async () => undefined : discard
  const publish = (): Promise<void> =>
    undoing(undo, async () => {
      await moveAll(fileSystem, moves, force)
      await attempt('fsync of the folder', () => fileSystem.syncFolder(path), path)
    })
  return { publish, discard }
}

/** What was moved before a refusal is taken back, unless it replaced something. */
async function moveAll(fileSystem: FileSystem, moves: readonly Move[], force: boolean): Promise<void> {
  const done: string[] = []
  const undo = force ? async () => undefined : () => removeAll(fileSystem, done)
  await undoing(undo, async () => {
    for (const { from, to } of moves) {
      await attempt('rename', () => fileSystem.rename(from, to), to)
      done.push(to)
    }
  })
}

async function undoing(undo: () => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await undo()
    throw error
  }
}

async function writeNew(fileSystem: FileSystem, path: string, { data, secret }: NamedData): Promise<void> {
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data
  const file = await attempt('create', () => fileSystem.open(path, 'create', secret ? 0o600 : 0o644), path)
  try {
    await writeFully(file, bytes, 0, path)
    await attempt('fsync', () => file.sync(), path)
  } finally {
    await attempt('close', () => file.close(), path)
  }
}

async function removeAll(fileSystem: FileSystem, paths: readonly string[]): Promise<void> {
  for (const path of paths) await fileSystem.remove(path).catch(() => undefined)
}
