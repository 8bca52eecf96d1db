import { filesError } from './errors.js'
import { attempt, type OpenFile } from './file-system.js'
import { FileWindow, frameAt, type Marks } from './scan.js'

/** An open file whose records were all checked. */
export interface CheckedRecords {
  readonly path: string
  readonly file: OpenFile
  readonly logId: Uint8Array
  /** Where records begin. */
  readonly marks: Marks
  readonly length: number
  /** Where the next frame goes. */
  readonly endBytes: number
}

/** Reads checked records again, and checks them again. */
export class RecordReader {
  readonly #records: CheckedRecords
  #isClosed = false
  /** Durable records, and the bytes up to the end of the last of them. */
  length: number
  endBytes: number

  constructor(records: CheckedRecords) {
    this.#records = records
    this.length = records.length
    this.endBytes = records.endBytes
  }

  /** The next record is durable up to here. */
  note(frameBytes: number): void {
    this.endBytes += frameBytes
    this.#records.marks.note(++this.length, this.endBytes)
  }

  async *read(from = 0): AsyncIterable<Uint8Array> {
    this.refuseClosed()
    if (!Number.isSafeInteger(from) || from < 0) throw new RangeError('from must be a non-negative integer')
    const { length } = this
    const { path, file, logId, marks } = this.#records
    const window = new FileWindow(file, this.endBytes, path)
    let { index, position } = marks.before(Math.min(from, length))
    while (index < length) {
      this.refuseClosed()
      const found = await frameAt(window, logId, position, index)
      if (found.state !== 'intact')
        throw filesError('files/corrupt-record', { path, index, offset: position })
      if (index >= from) yield found.record.slice()
      position = found.nextPosition
      index++
    }
  }

  /** @throws TypeError once closed */
  refuseClosed(): void {
    if (this.#isClosed) throw new TypeError('this log is closed')
  }

  /** From now on reading throws a TypeError. */
  stop(): void {
    this.#isClosed = true
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.stop()
    await this.closeFile()
  }

  async closeFile(): Promise<void> {
    await attempt('close', () => this.#records.file.close(), this.#records.path)
  }
}
