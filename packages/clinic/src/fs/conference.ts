/** What both ends of a conference keep in files (Node only): the core's journal, a seat's record, the book. */
import { basename, dirname } from 'node:path'
import {
  type FileLock,
  type FileSystem,
  nodeFileSystem,
  removeTemporaries,
  replaceFile,
} from '@chartseal/core/files'
import { type ConferenceBook, wipeBook } from '../conference/book.js'
import { decodeBook, encodeBook } from '../conference/codec.js'
import { enrolmentError } from '../conference/errors.js'
import type { Journal, Slot } from '../conference/ports.js'
import { FileJournal } from './conference-journal.js'
import { contentOf, FileSeal, isSealed, type SealWorld } from './file-seal.js'
import { lockWhole, readWhole } from './whole-file.js'

export { contentOf, FileSeal, isSealed, type SealWorld } from './file-seal.js'

const recordLabel = 'chartseal/conference-record/v1'
const journalLabel = (index: number): string => `chartseal/conference-journal/v1 ${index}`

export interface ConferenceFileOptions {
  readonly fileSystem?: FileSystem
  /** Of the conference file or seat; what lies beside it is sealed with it, too. `null` for files in clear. */
  readonly seal?: FileSeal | null
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
    const journal = await FileJournal.open(path, lock, options.fileSystem ?? nodeFileSystem)
    return await sealedJournal(journal, options.seal ?? null)
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
  { fileSystem = nodeFileSystem, seal = null }: ConferenceFileOptions = {},
): Promise<SlotFile> {
  const path = `${seatFile}.record`
  const lock = await lockFor('seat', path, { fileSystem })
  try {
    await removeTemporaries(dirname(path), [basename(path)], { fileSystem })
    const stored = await readWhole(fileSystem, path)
    await lock.settle()
    return {
      record:
        stored === null || seal === null ? stored : seal.openPart(recordLabel, stored, 'record of the seat'),
      put: bytes =>
        replaceFile(path, seal === null ? bytes : seal.sealPart(recordLabel, bytes), { fileSystem, lock }),
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
  { fileSystem = nodeFileSystem, seal = null }: ConferenceFileOptions = {},
): Promise<Result> {
  const lock = await lockFor('conference file', path, { fileSystem })
  try {
    await removeTemporaries(dirname(path), [basename(path)], { fileSystem })
    const book = await readBookFile(path, { fileSystem, seal })
    await lock.settle()
    try {
      return await run({ book, store: next => storeBook(path, next, lock, { fileSystem, seal }) })
    } finally {
      wipeBook(book)
    }
  } finally {
    await lock.release()
  }
}

/**
 * The book as it is now, without a lock. The caller wipes it.
 * @throws ChartsealError `enrolment/damaged`, `enrolment/sealed`, `files/failed`
 */
export async function readBookFile(
  path: string,
  { fileSystem = nodeFileSystem, seal = null }: ConferenceFileOptions = {},
): Promise<ConferenceBook> {
  const file = await readBook(path, fileSystem)
  if (seal === null && isSealed(file)) throw enrolmentError('enrolment/sealed', { what: 'conference file' })
  return decodeBook(contentOf(file, seal))
}

/**
 * What opens a conference file, which is slow: before the file is locked. `null` for one in clear.
 * @param passphrase asked for where it is needed
 * @throws ChartsealError `enrolment/damaged`, `enrolment/wrong-passphrase`, `files/failed`
 */
export async function openBookSeal(
  path: string,
  passphrase: () => Promise<string>,
  world: SealWorld,
  { fileSystem = nodeFileSystem }: Pick<ConferenceFileOptions, 'fileSystem'> = {},
): Promise<FileSeal | null> {
  const file = await readBook(path, fileSystem)
  return isSealed(file) ? FileSeal.open(file, await passphrase(), world) : null
}

async function readBook(path: string, fileSystem: FileSystem): Promise<Uint8Array> {
  const file = await readWhole(fileSystem, path)
  if (file === null)
    throw enrolmentError('enrolment/damaged', { what: 'conference file', reason: 'there is no such file' })
  return file
}

/** Each record for its place: what is moved does not open. An older file in its place, or one that ends early, is not noticed. */
async function sealedJournal(journal: FileJournal, seal: FileSeal | null): Promise<JournalFile> {
  if (seal === null) return journal
  try {
    const sealed = journal.records
    let count = sealed.length
    const records = sealed.map((one, index) => seal.openPart(journalLabel(index), one, 'journal'))
    return {
      records,
      append(added) {
        const whole = added.map((one, index) => seal.sealPart(journalLabel(count + index), one))
        count += added.length
        return journal.append(whole)
      },
      replace(instead) {
        count = instead.length
        return journal.replace(instead.map((one, index) => seal.sealPart(journalLabel(index), one)))
      },
      close: () => journal.close(),
    }
  } catch (error) {
    await journal.close()
    throw error
  }
}

async function storeBook(
  path: string,
  book: ConferenceBook,
  lock: FileLock,
  { fileSystem, seal }: Required<ConferenceFileOptions>,
): Promise<void> {
  const bytes = encodeBook(book)
  try {
    await replaceFile(path, seal === null ? bytes : seal.seal(bytes), { fileSystem, lock })
  } finally {
    bytes.fill(0)
  }
}

function lockFor(
  what: string,
  path: string,
  { fileSystem = nodeFileSystem }: ConferenceFileOptions,
): Promise<FileLock> {
  return lockWhole(path, fileSystem, holder => enrolmentError('enrolment/in-use', { what, ...holder }))
}
