import type { AppendLog } from '../ports.js'
import { filesError } from './errors.js'
import { attempt, type OpenFile, writeFully } from './file-system.js'
import { encodeFrame, maxRecordBytes } from './frame.js'
import type { FileLock } from './lock.js'
import type { Marks } from './marks.js'
import { FileWindow, frameAt } from './scan.js'

/** What opening found: whole records, and the bytes of an interrupted write that were cut off. */
export interface Recovered {
  readonly records: number
  readonly cutBytes: number
}

/** An {@link AppendLog} in one file. A record has 64 MiB at most (RangeError). */
export interface FileLog extends AppendLog {
  readonly recovered: Recovered
}

/** An open, locked file whose records were all checked. */
export interface OpenedLog {
  readonly file: OpenFile
  readonly lock: FileLock
  readonly logId: Uint8Array
  /** Where records begin. */
  readonly marks: Marks
  /** Where the next frame goes. */
  readonly endBytes: number
}

interface Pending {
  readonly frames: readonly Uint8Array[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class DiskLog implements FileLog {
  readonly recovered: Recovered
  readonly #opened: OpenedLog
  /** Durable records, and the bytes up to the end of the last of them. */
  #length: number
  #endBytes: number
  /** Includes what waits to be written. */
  #nextIndex: number
  #queue: Pending[] = []
  #flushing: Promise<void> | null = null
  #poisoned = false
  #closing: Promise<void> | null = null

  constructor(opened: OpenedLog, recovered: Recovered) {
    this.#opened = opened
    this.recovered = recovered
    this.#length = recovered.records
    this.#nextIndex = recovered.records
    this.#endBytes = opened.endBytes
  }

  get length(): number {
    return this.#length
  }

  async append(record: Uint8Array): Promise<number> {
    return this.appendAll([record])
  }

  async appendAll(records: readonly Uint8Array[]): Promise<number> {
    this.#refuseClosed()
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

  async *read(from = 0): AsyncIterable<Uint8Array> {
    this.#refuseClosed()
    if (!Number.isSafeInteger(from) || from < 0) throw new RangeError('an index of a record is needed')
    const length = this.#length
    const { file, logId, marks } = this.#opened
    const window = new FileWindow(file, this.#endBytes)
    let { index, position } = marks.before(Math.min(from, length))
    while (index < length) {
      this.#refuseClosed()
      const found = await frameAt(window, logId, position, index)
      if (found.state !== 'intact') throw filesError('files/corrupt-record', { index, offset: position })
      if (index >= from) yield found.record.slice()
      position = found.nextPosition
      index++
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#flushing
    try {
      await attempt('close', () => this.#opened.file.close())
    } finally {
      await this.#opened.lock.release()
    }
  }

  #refuseClosed(): void {
    if (this.#closing !== null) throw new TypeError('this log is closed')
  }

  async #flush(): Promise<void> {
    // Appends of the same turn of the event loop share the first fsync too.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0)
      try {
        await this.#writeDurably(batch.flatMap(pending => pending.frames))
        for (const pending of batch) pending.resolve()
      } catch (error) {
        this.#poison(batch, error)
      }
    }
    this.#flushing = null
  }

  async #writeDurably(frames: readonly Uint8Array[]): Promise<void> {
    const { file, marks } = this.#opened
    await writeFully(file, Buffer.concat(frames), this.#endBytes)
    await attempt('fsync', () => file.sync())
    for (const frame of frames) {
      this.#endBytes += frame.length
      marks.note(++this.#length, this.#endBytes)
    }
  }

  #poison(batch: readonly Pending[], error: unknown): void {
    this.#poisoned = true
    for (const pending of batch) pending.reject(error)
    for (const pending of this.#queue.splice(0)) pending.reject(filesError('files/poisoned', {}))
  }
}
