/** What the packages need from the world around them: types only. Time and chance come in as arguments. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  nowMs(): number
}

/** A cryptographically secure source. */
export interface Random {
  /** Each call gives a fresh array that the caller owns. */
  bytes(sizeBytes: number): Uint8Array
  /** Where a source has it: random bytes straight into memory of the caller, without a copy of them. */
  fill?(bytes: Uint8Array<ArrayBuffer>): void
}

/**
 * Opaque records, appended durably by one writer and read back in order. Records are numbered from 0
 * without gaps, in the order of the calls, and are copied on the way in and out.
 */
export interface AppendLog {
  /** How many records are durable. */
  readonly length: number
  /** Resolves with the index of the record once it is durable. */
  append(record: Uint8Array): Promise<number>
  /**
   * Appends neighbours; resolves with the index of the first once all are durable. Not a transaction: a
   * crash before that may keep the first few of them.
   */
  appendAll(records: readonly Uint8Array[]): Promise<number>
  /** The records from index `from` (0) on that are durable when reading begins. */
  read(from?: number): AsyncIterable<Uint8Array>
  /** Waits for what was appended; from then on appending and reading throw a TypeError. */
  close(): Promise<void>
}

/**
 * Opaque bytes under their content address, a CID in its canonical text. Bytes are copied on the way in and
 * out. Blobs that have a block in common may share it; callers store ciphertexts under keys of their own.
 */
export interface BlobStore {
  /** Resolves with the CID once everything is stored. Equal content has one CID. */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string>
  /**
   * The content in order. Each block is checked against its CID before anything of it is given out:
   * a store that is wrong, or was tampered with, ends in an error.
   */
  get(cid: string): AsyncIterable<Uint8Array>
  /** Whether the root block is there; what is below it is not looked at. */
  has(cid: string): Promise<boolean>
  /** Removes the blob from this store; nothing happens when it is not there. */
  delete(cid: string): Promise<void>
}

/**
 * Small values under names, each replaced as a whole: a reader sees the old or the new one, never a mixture.
 * A key is 1 to 64 printable ASCII characters without the space (RangeError); upper and lower case differ.
 * Calls for one key take effect in their order. Values are copied on the way in and out.
 */
export interface KeyValue {
  /** `null` when there is none. */
  get(key: string): Promise<Uint8Array | null>
  /** Resolves once the value is durable; until then a crash leaves the old or the new one. */
  put(key: string, value: Uint8Array): Promise<void>
  /** Resolves once the value is durably gone; nothing happens when there is none. */
  delete(key: string): Promise<void>
  /** The keys that begin with `prefix` (all by default), sorted by character code. */
  keys(prefix?: string): Promise<readonly string[]>
}

/**
 * The files of one transparency log, for one writer. Paths are those of C2SP tlog-tiles, with `/`. Every implementation
 * passes `logStorageSuite` of the testkit.
 */
export interface LogStorage {
  /**
   * Takes the log for one writer and cuts what an interrupted write left behind.
   * @throws ChartsealError `log/locked`, `log/damaged`, `files/…`
   */
  open(): Promise<OpenLogStorage>
}

/** Entries as they stand in an entry bundle (u16 length and leaf, one after the other), from index `first` on. */
export interface LogBatch {
  readonly first: number
  readonly entries: Uint8Array
}

/** A log that is held. Bytes are copied on the way in and out. */
export interface OpenLogStorage {
  /** Bytes of an interrupted write that were cut off the journal. */
  readonly cutBytes: number
  /** Every entry below this index stands in bundles and tiles; the journal has those from here on. */
  readonly journalFrom: number
  /** The batches of the journal, in order. */
  batches(): AsyncIterable<LogBatch>
  /** Resolves when the batch is durable: one fsync. One call at a time. */
  append(batch: LogBatch): Promise<void>
  /** `null` when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** Puts a file there, whole at once for a reader; it is durable after the next {@link OpenLogStorage.settle}. */
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
