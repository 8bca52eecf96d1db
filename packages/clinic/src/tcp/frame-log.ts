/** The frames for all of one conference in a file: what a relay gives to those who come later, or come again. */
import { type FileLock, type FileLog, lockFile, openLog } from '@chartseal/core/files'
import { type FrameLog, sequenceOf, upTo } from '@chartseal/elgamal-session/relay'

const kind = 'frames/v2'

export interface FileFrameLog extends FrameLog {
  close(): Promise<void>
}

/** Made where there is none. One process at a time. @throws ChartsealError `files/…` */
export async function openFrameLog(path: string): Promise<FileFrameLog> {
  const lock = await lockFile(path)
  try {
    const log = await openLog(path, { kind, lock })
    await lock.settle()
    const [first = null] = await recordsOf(log, 0, 1)
    const newest = await newestOf(log)
    return new DiskFrameLog(path, lock, log, { first: first === null ? null : sequenceOf(first), newest })
  } catch (error) {
    await lock.release()
    throw error
  }
}

interface Ends {
  /** The number of the first frame; `null` in an empty log. */
  readonly first: number | null
  readonly newest: Uint8Array | null
}

class DiskFrameLog implements FileFrameLog {
  readonly #path: string
  readonly #lock: FileLock
  #log: FileLog
  #first: number | null
  #newest: Uint8Array | null
  #hasFailed = false
  #reopening: Promise<void> | null = null

  constructor(path: string, lock: FileLock, log: FileLog, { first, newest }: Ends) {
    this.#path = path
    this.#lock = lock
    this.#log = log
    this.#first = first
    this.#newest = newest
  }

  newest(): Uint8Array | null {
    return this.#newest?.slice() ?? null
  }

  async append(frame: Uint8Array): Promise<void> {
    const own = frame.slice()
    if (this.#hasFailed) await (this.#reopening ??= this.#reopen())
    try {
      await this.#log.append(own)
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
    this.#first ??= sequenceOf(own)
    this.#newest = own
  }

  async read(after: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    if (this.#first === null) return []
    return upTo(maxBytes, await recordsOf(this.#log, Math.max(0, after + 1 - this.#first), Number.POSITIVE_INFINITY, maxBytes))
  }

  async close(): Promise<void> {
    await this.#log.close()
    await this.#lock.release()
  }

  /** After a write that failed, what the disk holds is known again when it is read. */
  async #reopen(): Promise<void> {
    await this.#log.close()
    try {
      this.#log = await openLog(this.#path, { kind, lock: this.#lock })
    } catch (error) {
      this.#reopening = null
      throw error
    }
    this.#newest = await newestOf(this.#log)
    this.#hasFailed = false
    this.#reopening = null
  }
}

/** From an index on, until there are so many of them, or more than so many bytes. */
async function recordsOf(
  log: FileLog,
  from: number,
  most: number,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<readonly Uint8Array[]> {
  const records: Uint8Array[] = []
  let total = 0
  for await (const record of log.read(Math.min(from, log.length))) {
    records.push(record)
    total += record.length
    if (records.length >= most || total > maxBytes) break
  }
  return records
}

async function newestOf(log: FileLog): Promise<Uint8Array | null> {
  const [newest = null] = log.length === 0 ? [] : await recordsOf(log, log.length - 1, 1)
  return newest
}
