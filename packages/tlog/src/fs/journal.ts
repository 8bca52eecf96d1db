/** The journal: batches that are durable before they stand in bundles and tiles. */
import { join } from 'node:path'
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { attempt, type FileLock, type FileLog, openLog } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { logError } from '../log-errors.js'
import type { Batch } from '../storage.js'
import { tileWidth } from '../tiles.js'
import type { FolderSystem } from './folder-system.js'

const kind = 'audit-journal/1'
const indexBytes = 8

export interface JournalOptions {
  readonly folder: string
  readonly system: FolderSystem
  readonly random: Random
  /** Of the whole log; its holder gives it back. */
  readonly lock: FileLock
  /** A segment that has more bytes is followed by another. */
  readonly segmentBytes: number
}

/** One file, an append log of core's; its name says which entry comes first. */
interface Segment {
  readonly first: number
  readonly path: string
  readonly log: FileLog
}

export class Journal {
  readonly cutBytes: number
  readonly #options: JournalOptions
  readonly #segments: Segment[]
  /** Of the last segment, as far as it was read or written here. */
  #bytes = 0

  private constructor(options: JournalOptions, segments: Segment[]) {
    this.#options = options
    this.#segments = segments
    this.cutBytes = segments.reduce((sum, { log }) => sum + log.recovered.cutBytes, 0)
  }

  /** Opens the segments that are there, and makes the first one of a new log. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { folder, system } = options
    const names = await attempt('list', () => system.list(folder))
    const firsts = names.flatMap(name => /^journal\.([0-9]{16})$/.exec(name)?.slice(1).map(Number) ?? [])
    const segments: Segment[] = []
    try {
      if (firsts.length === 0) segments.push(await openSegment(options, 0, true))
      for (const first of firsts.sort((a, b) => a - b)) {
        segments.push(await openSegment(options, first, false))
      }
    } catch (error) {
      for (const { log } of segments) await log.close().catch(() => undefined)
      throw error
    }
    return new Journal(options, segments)
  }

  get from(): number {
    return this.#segments[0]?.first ?? 0
  }

  async *batches(): AsyncIterable<Batch> {
    for (const { log, path } of this.#segments) {
      this.#bytes = 0
      for await (const record of log.read()) {
        this.#bytes += record.length
        if (record.length < indexBytes) throw logError('log/damaged', { path })
        const first = Number(new DataView(record.buffer, record.byteOffset).getBigUint64(0))
        yield { first, entries: record.subarray(indexBytes) }
      }
    }
  }

  async append({ first, entries }: Batch): Promise<void> {
    if (this.#bytes > this.#options.segmentBytes) {
      this.#segments.push(await openSegment(this.#options, first, true))
      this.#bytes = 0
    }
    const record = concat(fromBigIntBE(BigInt(first), indexBytes), entries)
    this.#bytes += record.length
    await this.#segments.at(-1)?.log.append(record)
  }

  /** Removes segments of which every entry stands in a full bundle of a log of this size, the oldest first. */
  async forget(size: number): Promise<void> {
    const { folder, system, lock } = this.#options
    const whole = size - (size % tileWidth)
    for (;;) {
      const [oldest, next] = this.#segments
      if (oldest === undefined || next === undefined || next.first > whole) return
      await lock.check()
      this.#segments.shift()
      await oldest.log.close()
      await attempt('remove', () => system.remove(oldest.path))
      // One after the other, also on the disk: a journal with a gap would be damage.
      await attempt('fsync of a folder', () => system.syncFolder(folder))
    }
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#segments.map(({ log }) => log.close()))
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }
}

async function openSegment(options: JournalOptions, first: number, create: boolean): Promise<Segment> {
  const { folder, system, random, lock } = options
  const path = join(folder, `journal.${`${first}`.padStart(16, '0')}`)
  return { first, path, log: await openLog(path, { kind, create, fileSystem: system, random, lock }) }
}
