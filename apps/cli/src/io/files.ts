/** Bytes in and out of commands: a path from the user's folder, or `-` for stdin and stdout. */
import { createReadStream } from 'node:fs'
import { link, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { decodeUtf8, encodeHex, encodeUtf8, withoutBom } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { replaceFile } from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import { cliError, RefusedFile, systemCode, UsageError } from './errors.js'
import { type Io, write } from './io.js'

export function pathOf(io: Io, file: string): string {
  return resolve(io.cwd, file)
}

/** The whole file, or the whole of stdin for `-`. */
export async function readBytes(io: Io, file: string): Promise<Uint8Array> {
  if (file === '-') return readAll(io)
  try {
    return Uint8Array.from(await readFile(pathOf(io, file)))
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

/** The whole file or stdin, and no more than that of it. @throws ChartsealError `cli/too-large` */
export async function readBounded(io: Io, file: string, limitBytes: number): Promise<Uint8Array> {
  const stream: AsyncIterable<string | Uint8Array> =
    file === '-' ? io.stdin : createReadStream(pathOf(io, file))
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > limitBytes) throw cliError('cli/too-large', { limitBytes })
      chunks.push(bytes)
    }
  } catch (error) {
    throw fileProblem('read', file, error)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

/** The file as a stream, or stdin for `-`. */
export async function streamOf(io: Io, file: string): Promise<Readable> {
  if (file === '-') return io.stdin
  if (await isFolder(pathOf(io, file))) throw new UsageError(`cannot read ${file}: ${reasons['EISDIR']}`)
  try {
    return (await open(pathOf(io, file))).createReadStream()
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

/**
 * Text without the byte order mark that some editors put in front.
 * @throws RefusedFile `encoding/invalid` for a file that is not UTF-8, `cli/utf-16`
 */
export async function readText(io: Io, file: string): Promise<string> {
  const bytes = await readBytes(io, file)
  return inFile(file, () => {
    if (isUtf16(bytes)) throw cliError('cli/utf-16', {})
    return withoutBom(decodeUtf8(bytes))
  })
}

const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** Text of one line, without the line end that editors and `echo` add. */
export async function readLine(io: Io, file: string): Promise<string> {
  return (await readText(io, file)).replace(/\r?\n$/, '')
}

/** @throws RefusedFile `json/invalid`, `encoding/invalid`, `cli/not-json` */
export async function readJson(io: Io, file: string): Promise<JsonObject> {
  const text = await readText(io, file)
  return inFile(file, () => {
    refuseOtherFormats(text)
    return JsonObject.parse(text)
  })
}

function refuseOtherFormats(text: string): void {
  if (/^\s*</.test(text)) throw cliError('cli/not-json', { format: 'XML', hint: 'Convert it first.' })
  const [first = '', second = ''] = text.split('\n').filter(line => line.trim() !== '')
  if (isObject(first) && isObject(second)) {
    throw cliError('cli/not-json', { format: 'NDJSON, one object a line', hint: 'Give one of them.' })
  }
}

const isObject = (line: string): boolean => /^\s*\{.*\}\s*$/.test(line)

/** Names the file in front of what was refused in it. @throws RefusedFile for every ChartsealError of `read` */
export async function inFile<Result>(file: string, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof ChartsealError ? new RefusedFile(file, error) : error
  }
}

export interface WriteOptions {
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Private keys and secrets: readable by the owner only. */
  readonly secret?: boolean
}

/**
 * Refuses what {@link writeBytes} would refuse, before a command does any work.
 * @throws UsageError
 */
export async function checkOutput(io: Io, file: string, { force = false }: WriteOptions = {}): Promise<void> {
  if (file === '-') return
  const path = pathOf(io, file)
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === true) throw new UsageError(`cannot write ${file}: ${reasons['EISDIR']}`)
  if (found?.isFile() === true && !force) throw new UsageError(`cannot write ${file}: ${reasons['EEXIST']}`)
  if (!(await isFolder(dirname(path)))) throw new UsageError(`cannot write ${file}: ${reasons['ENOENT']}`)
}

/** A whole file, durable, or none; with `force` it replaces what is there in one step. `-` is stdout. */
export async function writeBytes(
  io: Io,
  file: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  if (file === '-') return write(io.stdout, data)
  const { force = false, secret = false } = options
  const path = pathOf(io, file)
  const bytes = typeof data === 'string' ? encodeUtf8(data) : data
  const mode = secret ? 0o600 : 0o644
  try {
    if (await isDevice(path)) await writeFile(path, bytes)
    else if (force) await replaceFile(path, bytes, { mode, random: io.random })
    else await writeNew(io, path, bytes, mode)
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

/** Written whole under another name first: a full disk or a kill leaves nothing under this one. */
async function writeNew(io: Io, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.${encodeHex(io.random.bytes(8))}.tmp`
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode, flush: true })
    await link(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

// A move would put a file in the place of /dev/null.
async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && !found.isFile() && !found.isDirectory()
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

async function readAll(io: Io): Promise<Uint8Array> {
  if (io.stdin.readableEnded) throw new UsageError('stdin was read already: - can stand for one input only')
  const chunks: Buffer[] = []
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk))
  return Uint8Array.from(Buffer.concat(chunks))
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'access is denied',
  EEXIST: 'it exists already; --force replaces it',
  ENOSPC: 'no space is left on the disk',
  EROFS: 'the disk is read-only',
}

/** Problems that another command line would not have are the caller's. */
export function fileProblem(verb: 'read' | 'write', file: string, error: unknown): Error {
  if (error instanceof ChartsealError) return error
  const reason = reasons[systemCode(error) ?? '']
  return reason === undefined
    ? new Error(`cannot ${verb} ${file}`, { cause: error })
    : new UsageError(`cannot ${verb} ${file}: ${reason}`)
}
