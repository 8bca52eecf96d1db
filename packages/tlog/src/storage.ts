/** What the writer of a log needs of a disk. Paths are those of C2SP tlog-tiles, with `/`. */

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
