import type { AppendLog } from '../ports.js'
import { filesError } from './errors.js'
import { attempt, writeFully } from './file-system.js'
import { encodeFrame, maxRecordBytes } from './frame.js'
import type { FileLock } from './lock.js'
import { type CheckedRecords, RecordReader } from './record-reader.js'

/** What opening found: whole records, and the bytes of an interrupted write that were cut off. */
export interface Recovered {
  readonly records: number
  readonly cutBytes: number
}

/** An {@link AppendLog} in one file. A record has 64 MiB at most (RangeError). */
export interface FileLog extends AppendLog {
  readonly recovered: Recovered
}

export interface OpenedLog extends CheckedRecords {
  /** Held; asked before each write and before each acknowledgement. */
  readonly lock: FileLock
  /** Gives the lock back, where it is the log's own. */
  readonly release: () => Promise<void>
}

interface Pending {
  readonly frames: readonly Uint8Array[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class DiskLog implements FileLog {
  readonly recovered: Recovered
  readonly #opened: OpenedLog
  readonly #reader: RecordReader
  /** Includes what waits to be written. */
  #nextIndex: number
  #queue: Pending[] = []
  #flushing: Promise<void> | null = null
  #poisoned = false
  #closing: Promise<void> | null = null

  constructor(opened: OpenedLog, recovered: Recovered) {
    this.#opened = opened
    this.#reader = new RecordReader(opened)
    this.recovered = recovered
    this.#nextIndex = opened.length
  }

  get length(): number {
    return this.#reader.length
  }

  async append(record: Uint8Array): Promise<number> {
    return this.appendAll([record])
  }

  async appendAll(records: readonly Uint8Array[]): Promise<number> {
    this.#reader.refuseClosed()
    if (this.#poisoned) throw filesError('files/poisoned', {})
    if (records.some(record => record.length > maxRecordBytes)) {
      throw new RangeError(`a record has ${maxRecordBytes} bytes at most`)
    }
    const first = this.#nextIndex
    const frames = records.map((record, i) => encodeFrame(this.#opened.logId, first + i, record))
    this.#nextIndex += frames.length
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ frames, resolve, reject })
      this.#flushing ??= this.#flush()
    })
    return first
  }

  read(from?: number): AsyncIterable<Uint8Array> {
    return this.#reader.read(from)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#reader.stop()
    await this.#flushing
    try {
      await this.#reader.closeFile()
    } finally {
      await this.#opened.release()
    }
  }

  async #flush(): Promise<void> {
    // Appends of the same turn of the event loop share the first fsync too.
    await Promise.resolve()
    let isChecked = false
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0)
      try {
        if (!isChecked) await this.#opened.lock.check()
        await this.#writeDurably(batch.flatMap(pending => pending.frames))
        // The next holder reads after this one lost the lock, so it sees what is acknowledged here.
        await this.#opened.lock.check()
        isChecked = true
        for (const pending of batch) pending.resolve()
      } catch (error) {
        this.#poison(batch, error)
      }
    }
    this.#flushing = null
  }

  async #writeDurably(frames: readonly Uint8Array[]): Promise<void> {
    const { file, path } = this.#opened
    await writeFully(file, Buffer.concat(frames), this.#reader.endBytes, path)
    await attempt('fsync', () => file.sync(), path)
    for (const frame of frames) this.#reader.note(frame.length)
  }

  #poison(batch: readonly Pending[], error: unknown): void {
    this.#poisoned = true
    for (const pending of batch) pending.reject(error)
    for (const pending of this.#queue.splice(0)) pending.reject(filesError('files/poisoned', {}))
  }
}
