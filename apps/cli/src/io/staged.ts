/** Results in two phases: written whole where nobody looks, and put in their place when something else is durable. */
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { forTerminal, type OutputOptions } from './command.js'
import { fileProblem, pathOf } from './files.js'
import { type Io, write } from './io.js'

/** A result on its way. */
export interface Staged {
  /** Puts it where the user asked for it; durable, when that is a file. */
  publish(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
}

/** A result in memory, for `--out` or stdout. */
export async function stageResult(
  io: Io,
  options: OutputOptions,
  output: string | Uint8Array,
): Promise<Staged> {
  if (options.out === undefined || options.out === '-') {
    return { publish: () => write(io.stdout, forTerminal(io, output)), discard: async () => undefined }
  }
  const bytes = typeof output === 'string' ? encodeUtf8(output) : output
  return stageFile(io, options.out, options.force ?? false, file => file.writeFile(bytes))
}

/** A file that `fill` writes, readable by its owner only. @throws UsageError for a path that cannot be written */
export async function stageFile(
  io: Io,
  file: string,
  force: boolean,
  fill: (file: FileHandle) => Promise<void>,
): Promise<Staged> {
  const path = pathOf(io, file)
  // A move would put a file in the place of /dev/null.
  if (await isDevice(path))
    return { publish: () => fillFile(file, path, 'w', fill), discard: async () => undefined }
  const temporary = `${path}.${encodeHex(io.random.bytes(8))}.tmp`
  const discard = (): Promise<void> => rm(temporary, { force: true })
  try {
    await fillFile(file, temporary, 'wx', fill)
  } catch (error) {
    await discard()
    throw error
  }
  return { discard, publish: () => place(file, temporary, path, force) }
}

async function fillFile(
  file: string,
  path: string,
  flags: 'w' | 'wx',
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await using handle = await open(path, flags, 0o600)
    await fill(handle)
    if (flags === 'wx') await handle.sync()
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

/** Without `force` nothing is replaced, not even what came meanwhile. */
async function place(file: string, temporary: string, path: string, force: boolean): Promise<void> {
  try {
    if (force) await rename(temporary, path)
    else await link(temporary, path)
    await rm(temporary, { force: true })
    await using folder = await open(dirname(path), 'r')
    await folder.sync()
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && !found.isFile() && !found.isDirectory()
}
