/** What the writer of a log needs of a disk. Paths are those of C2SP tlog-tiles, with `/`. */

import { logError } from './log-errors.js'
import { tileWidth } from './tiles.js'

/** One log. Every implementation passes `logStorageSuite` of the testkit. */
export interface LogStorage {
  /**
   * Takes the log for one writer and cuts what an interrupted write left behind.
   * @throws ChartsealError `log/locked`, `log/damaged`, `files/…`
   */
  open(): Promise<OpenStorage>
}

/** Entries as they stand in an entry bundle (u16 length and leaf, one after the other), from index `first` on. */
export interface Batch {
  readonly first: number
  readonly entries: Uint8Array
}

/** A log that is held. Bytes are copied on the way in and out. */
export interface OpenStorage {
  /** Bytes of an interrupted write that were cut off the journal. */
  readonly cutBytes: number
  /** Every entry below this index stands in bundles and tiles; the journal has those from here on. */
  readonly journalFrom: number
  /** The batches of the journal, in order. */
  batches(): AsyncIterable<Batch>
  /** Resolves when the batch is durable: one fsync. One call at a time. */
  append(batch: Batch): Promise<void>
  /** `null` when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** Puts a file there, whole at once for a reader; it is durable after the next {@link OpenStorage.settle}. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Puts a file in place of what is there, atomically; resolves when it is durable. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /**
   * Makes durable what was written, and then may forget of the journal what is below `size`: all full bundles and
   * tiles of a log of that size were written before.
   */
  settle(size: number): Promise<void>
  /** Removes the partial files of a tile or bundle, given by the path of the full one. */
  dropPartials(path: string): Promise<void>
  /** Gives the log back. */
  close(): Promise<void>
}

/** The checkpoint that everybody reads, and the last one that was signed and may still lack cosignatures. */
export const checkpointPath = 'checkpoint'
export const signedPath = '.state/signed'
/** The policy whose witnesses must cosign; empty where it was given up. */
export const policyPath = '.state/policy'

/** A {@link LogStorage} in memory, for browsers, tests and demonstrations: gone with the process. */
export interface MemoryStorage extends LogStorage {
  /** Its files by path, as a static server would give them. */
  readonly files: Map<string, Uint8Array>
}

export function memoryStorage(): MemoryStorage {
  const files = new Map<string, Uint8Array>()
  const journal: Batch[] = []
  let held = false
  return {
    files,
    async open() {
      if (held) throw logError('log/locked', { host: 'this process', pid: 0 })
      held = true
      return openMemory(files, journal, () => {
        held = false
      })
    },
  }
}

function openMemory(files: Map<string, Uint8Array>, journal: Batch[], release: () => void): OpenStorage {
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    files.set(path, Uint8Array.from(bytes))
  }
  return {
    cutBytes: 0,
    journalFrom: journal[0]?.first ?? 0,
    async *batches() {
      for (const { first, entries } of [...journal]) yield { first, entries: entries.slice() }
    },
    async append({ first, entries }) {
      journal.push({ first, entries: entries.slice() })
    },
    async read(path) {
      return files.get(path)?.slice() ?? null
    },
    write: put,
    replace: put,
    async settle(size) {
      const whole = size - (size % tileWidth)
      while (journal.length > 1 && (journal[1]?.first ?? size) <= whole) journal.shift()
    },
    async dropPartials(path) {
      for (const name of files.keys()) if (name.startsWith(`${path}.p/`)) files.delete(name)
    },
    async close() {
      release()
    },
  }
}
