/**
 * What commands write: whole where nobody looks, and put in its place in one step, when everything else it depends on
 * is durable. `-` is stdout.
 */
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { systemCode, UsageError } from './errors.js'
import { fileProblem, isFolder, pathOf, reasons } from './files.js'
import { type Io, write } from './io.js'

/** A result on its way. */
export interface Staged {
  /** Puts it where the user asked for it; durable, when that is a file. */
  publish(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
}

export interface WriteOptions {
  /** Replace a file that exists; left out where nothing can ask for that. */
  readonly force?: boolean | undefined
  /** Private keys and secrets: readable by the owner only. */
  readonly secret?: boolean
}

/** Refuses what writing would refuse, before a command does any work. @throws UsageError */
export async function checkOutput(io: Io, file: string, { force }: WriteOptions = {}): Promise<void> {
  if (file === '-') return
  const path = pathOf(io, file)
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === true) throw new UsageError(`cannot write ${file}: ${reasons['EISDIR']}`)
  if (found?.isFile() === true && force !== true)
    throw new UsageError(
      `cannot write ${file}: ${reasons['EEXIST']}${force === undefined ? '' : '; --force replaces it'}`,
    )
  if (!(await isFolder(dirname(path)))) throw new UsageError(`cannot write ${file}: ${reasons['ENOENT']}`)
}

/** A whole file, durable, or none; with `force` it replaces what is there in one step. */
export async function writeBytes(
  io: Io,
  file: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  if (file === '-') return write(io.stdout, data)
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data
  const staged = await stageFile(io, file, options, handle => handle.writeFile(bytes))
  try {
    await staged.publish()
  } catch (error) {
    await staged.discard()
    throw error
  }
}

/** A file that `fill` writes. @throws UsageError for a path that cannot be written */
export async function stageFile(
  io: Io,
  file: string,
  { force = false, secret = false }: WriteOptions,
  fill: (file: FileHandle) => Promise<void>,
): Promise<Staged> {
  const path = pathOf(io, file)
  const mode = secret ? 0o600 : 0o644
  // A move would put a file in the place of /dev/null.
  if (await isDevice(path))
    return { publish: () => fillFile(file, path, 'w', mode, fill), discard: async () => undefined }
  const temporary = `${path}.${encodeHex(io.random.bytes(8))}.tmp`
  const discard = (): Promise<void> => rm(temporary, { force: true })
  try {
    await fillFile(file, temporary, 'wx', mode, fill)
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
  mode: number,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    await using handle = await open(path, flags, mode)
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
    else await placeNew(temporary, path)
    await rm(temporary, { force: true })
    await using folder = await open(dirname(path), 'r')
    await folder.sync()
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

/** File systems of sticks and some shares have no hard links. */
const noLinks: readonly (string | null)[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

async function placeNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (!noLinks.includes(systemCode(error))) throw error
    // An empty file takes the name, or is refused it; only then is it replaced.
    await (await open(path, 'wx')).close()
    await rename(temporary, path)
  }
}

async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && !found.isFile() && !found.isDirectory()
}
