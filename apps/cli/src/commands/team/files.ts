/** Files that were written to a care team: each goes into a folder that the reader names, beside what is there. */
import { lstat, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { nodeFileSystem } from '@chartseal/core/files'
import type { TeamBody, TeamEvent, TeamMessage } from '@chartseal/elgamal-session/team'
import { textOf } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { fileProblem, pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { plainText } from '../message/options.js'

/** Where the file of each message was written. */
export type WrittenFiles = ReadonlyMap<TeamMessage, string>

export interface FilesOptions {
  readonly files?: string
  readonly json?: boolean
}

/** Anything but a plain text without a name, as the page has it. */
function isFile({ mediaType, content, fileName }: TeamBody): boolean {
  return mediaType !== plainText || fileName !== undefined || textOf(content) === null
}

/**
 * Writes what is a file, durably: whatever fails afterwards, opening once more finds each and writes it no second time.
 * @throws UsageError for a file that is to go nowhere
 */
export async function writeFiles(
  io: Io,
  events: readonly TeamEvent[],
  { files: folder, json = false }: FilesOptions,
): Promise<WrittenFiles> {
  const written = new Map<TeamMessage, string>()
  const sent = events.flatMap(event => (event.kind === 'message' ? [event.message] : []))
  const withFile = sent.filter(({ body }) => isFile(body))
  if (withFile.length === 0 || (folder === undefined && json)) return written
  if (folder === undefined)
    throw new UsageError('a file is among the messages: give --files FOLDER to write it there, or --json')
  await makeFolder(io, folder)
  for (const message of withFile) written.set(message, await writeBeside(io, folder, message.body))
  return written
}

async function makeFolder(io: Io, folder: string): Promise<void> {
  const path = pathOf(io, folder)
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory() === true) return
  if (found !== null) throw new UsageError(`cannot write into ${folder}: it is not a folder`)
  try {
    await mkdir(path, { mode: 0o700 })
    await nodeFileSystem.syncFolder(dirname(path))
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
}

/** Under the first name that is free, or that has the same bytes already. */
async function writeBeside(io: Io, folder: string, { content, fileName = '' }: TeamBody): Promise<string> {
  const [stem, ending] = safeFileName(fileName)
  for (let number = 1; ; number++) {
    const file = join(folder, `${stem}${number === 1 ? '' : `-${number}`}${ending}`)
    const place = await placeOf(pathOf(io, file), content)
    if (place === 'taken') continue
    if (place === 'free') await writeBytes(io, file, content, { secret: true })
    return file
  }
}

async function placeOf(path: string, content: Uint8Array): Promise<'free' | 'same' | 'taken'> {
  // Of a link, what counts is that it is here, not where it leads.
  const found = await lstat(path).catch(() => null)
  if (found === null) return 'free'
  if (!found.isFile() || found.size !== content.length) return 'taken'
  const there = await readFile(path).catch(() => null)
  return there !== null && equal(there, content) ? 'same' : 'taken'
}

/** What cannot be seen, what separates folders, and what a shell or another system reads as something else. */
const unwanted = /[\p{C}\p{Zl}\p{Zp}/\\<>:"|?*$`]/gu
const maxStemBytes = 160

/** A name that somebody else gave, as a stem and an ending, such as `['ct', '.dcm']`: no path, not hidden, no option. */
function safeFileName(name: string): readonly [stem: string, ending: string] {
  const clean = name.replaceAll(unwanted, '').replace(/^[\s.~-]+|[\s.]+$/gu, '')
  const ending = /(?<=.)\.[A-Za-z0-9]{1,12}$/u.exec(clean)?.[0] ?? ''
  const stem = firstBytes(clean.slice(0, clean.length - ending.length), maxStemBytes).trim()
  return [stem === '' ? 'file' : stem, ending]
}

function firstBytes(text: string, maxBytes: number): string {
  let first = ''
  for (const character of text) {
    if (encodeUtf8(first + character).length > maxBytes) break
    first += character
  }
  return first
}
