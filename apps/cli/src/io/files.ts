/** What commands read: a path from the user's folder, or `-` for stdin. */
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { decodeUtf8, withoutBom } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { cliError, systemCode, UsageError } from './errors.js'
import type { Io } from './io.js'

/** What is read at once of a file that may be long. */
const pieceBytes = 1_048_576

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

/** How many bytes a file has. @throws UsageError for what is not a file */
export async function fileSize(io: Io, file: string): Promise<number> {
  try {
    const found = await stat(pathOf(io, file))
    if (found.isFile()) return found.size
  } catch (error) {
    throw fileProblem('read', file, error)
  }
  throw new UsageError(`cannot read ${file}: it is not a file`)
}

/** The file as a stream, or stdin for `-`. */
export async function streamOf(io: Io, file: string): Promise<Readable> {
  if (file === '-') return io.stdin
  if (await isFolder(pathOf(io, file))) throw new UsageError(`cannot read ${file}: ${reasons['EISDIR']}`)
  try {
    return (await open(pathOf(io, file))).createReadStream({ highWaterMark: pieceBytes })
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

/**
 * Text without the byte order mark that some editors put in front.
 * @throws ChartsealError `encoding/invalid` for a file that is not UTF-8, `cli/utf-16`
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

/** @throws ChartsealError `json/invalid`, `encoding/invalid`, `cli/not-json` */
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

/** What was refused names its file first. */
export async function inFile<Result>(file: string, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof ChartsealError ? namingFile(file, error) : error
  }
}

/** The same refusal, which names the file first. */
export function namingFile(file: string, { code, message, context }: ChartsealError): ChartsealError {
  return new ChartsealError(code, `${file === '-' ? 'stdin' : file}: ${message}`, context)
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

async function readAll(io: Io): Promise<Uint8Array> {
  if (io.stdin.readableEnded) throw new UsageError('stdin was read already: - can stand for one input only')
  const chunks: Buffer[] = []
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk))
  return Uint8Array.from(Buffer.concat(chunks))
}

/** What the user reads of a system's error code. */
export const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'access is denied',
  EEXIST: 'it exists already',
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
