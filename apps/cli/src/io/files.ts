/** Bytes in and out of commands: a path from the user's folder, or `-` for stdin and stdout. */
import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { replaceFile } from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import { systemCode, UsageError } from './errors.js'
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

/** The file as a stream, or stdin for `-`. */
export async function streamOf(io: Io, file: string): Promise<Readable> {
  if (file === '-') return io.stdin
  try {
    return (await open(pathOf(io, file))).createReadStream()
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

/** @throws ChartsealError `encoding/invalid` for a file that is not UTF-8 */
export async function readText(io: Io, file: string): Promise<string> {
  return decodeUtf8(await readBytes(io, file))
}

/** Text of one line, without the line end that editors and `echo` add. */
export async function readLine(io: Io, file: string): Promise<string> {
  return (await readText(io, file)).replace(/\r?\n$/, '')
}

/** @throws ChartsealError `json/invalid`, `encoding/invalid` */
export async function readJson(io: Io, file: string): Promise<JsonObject> {
  return JsonObject.parse(await readText(io, file))
}

export interface WriteOptions {
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Private keys and secrets: readable by the owner only. */
  readonly secret?: boolean
}

/** A whole file; with `force` it replaces what is there in one step. `-` is stdout. */
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
    else await writeFile(path, bytes, { flag: 'wx', mode, flush: true })
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

// A move would put a file in the place of /dev/null.
async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && !found.isFile() && !found.isDirectory()
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
}

/** Problems that another command line would not have are the caller's. */
export function fileProblem(verb: 'read' | 'write', file: string, error: unknown): Error {
  if (error instanceof ChartsealError) return error
  const reason = reasons[systemCode(error) ?? '']
  return reason === undefined
    ? new Error(`cannot ${verb} ${file}`, { cause: error })
    : new UsageError(`cannot ${verb} ${file}: ${reason}`)
}
