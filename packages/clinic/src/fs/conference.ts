/** What both ends of a conference keep in files (Node only): the core's journal, a seat's record, the book. */
import { basename, dirname } from 'node:path'
import { ChartsealError } from '@chartseal/core/errors'
import {
  type FileLock,
  type FileSystem,
  type FilesErrors,
  lockFile,
  nodeFileSystem,
  removeTemporaries,
  replaceFile,
} from '@chartseal/core/files'
import { type ConferenceBook, wipeBook } from '../conference/book.js'
import { decodeBook, encodeBook } from '../conference/codec.js'
import type { Journal, Slot } from '../conference/ports.js'
import { enrolmentError } from '../errors.js'
import { FileJournal } from './conference-journal.js'

export interface ConferenceFileOptions {
  readonly fileSystem?: FileSystem
}

export interface JournalFile extends Journal {
  /** Waits for what was appended, and gives the file back. */
  close(): Promise<void>
}

/**
 * The journal of a host beside its conference file, `FILE.journal`: made where there is none. One host at a time.
 * @throws ChartsealError `enrolment/in-use` while another process hosts this conference, `files/…`
 */
export async function openJournalFile(
  conferenceFile: string,
  options: ConferenceFileOptions = {},
): Promise<JournalFile> {
  const path = `${conferenceFile}.journal`
  const lock = await lockFor('conference', path, options)
  try {
    return await FileJournal.open(path, lock, options.fileSystem ?? nodeFileSystem)
  } catch (error) {
    await lock.release()
    throw error
  }
}

export interface SlotFile extends Slot {
  close(): Promise<void>
}

/**
 * The record of a patient beside the seat file, `FILE.record`. One process at a time.
 * @throws ChartsealError `enrolment/in-use`, `files/failed`
 */
export async function openSlotFile(
  seatFile: string,
  { fileSystem = nodeFileSystem }: ConferenceFileOptions = {},
): Promise<SlotFile> {
  const path = `${seatFile}.record`
  const lock = await lockFor('seat', path, { fileSystem })
  try {
    await removeTemporaries(dirname(path), [basename(path)], { fileSystem })
    const record = await readWhole(fileSystem, path)
    await lock.settle()
    return {
      record,
      put: bytes => replaceFile(path, bytes, { fileSystem, lock }),
      close: () => lock.release(),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** A book that is held; `store` puts another in its place, durably. */
export interface HeldBook {
  readonly book: ConferenceBook
  store(next: ConferenceBook): Promise<void>
}

/**
 * Changes a conference file while nobody else does. The secrets are wiped afterwards.
 * @throws ChartsealError `enrolment/in-use`, `enrolment/damaged`, `files/failed`
 */
export async function withBookFile<Result>(
  path: string,
  run: (held: HeldBook) => Promise<Result>,
  { fileSystem = nodeFileSystem }: ConferenceFileOptions = {},
): Promise<Result> {
  const lock = await lockFor('conference file', path, { fileSystem })
  try {
    await removeTemporaries(dirname(path), [basename(path)], { fileSystem })
    const book = await readBookFile(path, { fileSystem })
    await lock.settle()
    try {
      return await run({ book, store: next => storeBook(path, next, lock, fileSystem) })
    } finally {
      wipeBook(book)
    }
  } finally {
    await lock.release()
  }
}

/** The book as it is now, without a lock. The caller wipes it. @throws ChartsealError `enrolment/damaged`, `files/failed` */
export async function readBookFile(
  path: string,
  { fileSystem = nodeFileSystem }: ConferenceFileOptions = {},
): Promise<ConferenceBook> {
  const bytes = await readWhole(fileSystem, path)
  if (bytes === null)
    throw enrolmentError('enrolment/damaged', { what: 'conference file', reason: 'there is no such file' })
  return decodeBook(bytes)
}

async function storeBook(
  path: string,
  book: ConferenceBook,
  lock: FileLock,
  fileSystem: FileSystem,
): Promise<void> {
  const bytes = encodeBook(book)
  try {
    await replaceFile(path, bytes, { fileSystem, lock })
  } finally {
    bytes.fill(0)
  }
}

/** @internal `null` where there is no such file. */
export async function readWhole(fileSystem: FileSystem, path: string): Promise<Uint8Array | null> {
  const file = await fileSystem.open(path, 'read', 0).catch(absent)
  if (file === null) return null
  try {
    const bytes = new Uint8Array(await file.sizeBytes())
    for (let done = 0; done < bytes.length; ) {
      const count = await file.read(bytes.subarray(done), done)
      if (count === 0) throw new Error(`${path} became shorter while it was read`)
      done += count
    }
    return bytes
  } finally {
    await file.close()
  }
}

function absent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}

async function lockFor(
  what: string,
  path: string,
  { fileSystem = nodeFileSystem }: ConferenceFileOptions,
): Promise<FileLock> {
  try {
    return await lockFile(path, { fileSystem })
  } catch (error) {
    if (!isLocked(error)) throw error
    const { host, pid } = error.context
    throw enrolmentError('enrolment/in-use', { what, host, pid })
  }
}

type Locked = ChartsealError<'files/locked', FilesErrors['files/locked']>

function isLocked(error: unknown): error is Locked {
  return error instanceof ChartsealError && error.code === 'files/locked'
}
