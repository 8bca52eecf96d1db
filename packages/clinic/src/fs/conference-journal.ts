import { basename, dirname } from 'node:path'
import { attempt, type FileLock, type FileLog, type FileSystem, openLog } from '@chartseal/core/files'
import type { Journal } from '../conference/ports.js'

const kind = 'conference-core'

/** An append-only log of records, which a shorter one can replace. */
export class FileJournal implements Journal {
  readonly records: readonly Uint8Array[]
  readonly #path: string
  readonly #lock: FileLock
  readonly #fileSystem: FileSystem
  #log: FileLog
  /** Calls take effect in their order. */
  #last: Promise<void> = Promise.resolve()

  private constructor(
    path: string,
    lock: FileLock,
    fileSystem: FileSystem,
    log: FileLog,
    records: readonly Uint8Array[],
  ) {
    this.#path = path
    this.#lock = lock
    this.#fileSystem = fileSystem
    this.#log = log
    this.records = records
  }

  /** It takes over the lock. @throws ChartsealError `files/…` */
  static async open(path: string, lock: FileLock, fileSystem: FileSystem): Promise<FileJournal> {
    await removeNext(path, fileSystem)
    const log = await openLog(path, { kind, lock, fileSystem })
    try {
      await lock.settle()
      const records: Uint8Array[] = []
      for await (const record of log.read()) records.push(record)
      return new FileJournal(path, lock, fileSystem, log, records)
    } catch (error) {
      await log.close()
      throw error
    }
  }

  append(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      await this.#log.appendAll(records)
    })
  }

  /** The new log is whole and durable before it takes the place of the old one. */
  replace(records: readonly Uint8Array[]): Promise<void> {
    return this.#inOrder(async () => {
      const { path, fileSystem, lock } = { path: this.#path, fileSystem: this.#fileSystem, lock: this.#lock }
      await removeNext(path, fileSystem)
      const next = await openLog(nextOf(path), { kind, lock, fileSystem })
      try {
        await next.appendAll(records)
        await lock.check()
        await attempt('rename', () => fileSystem.rename(nextOf(path), path), path)
        await attempt('fsync of the folder', () => fileSystem.syncFolder(dirname(path)), dirname(path))
      } catch (error) {
        await next.close()
        throw error
      }
      const before = this.#log
      this.#log = next
      await before.close()
    })
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    await this.#log.close()
    await this.#lock.release()
  }

  /** After one that failed, what the disk holds is unknown: every later one is refused with it. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work)
    this.#last = turn
    return turn
  }
}

const nextOf = (path: string): string => `${path}.next`

/** What a killed process left of a replacement. */
async function removeNext(path: string, fileSystem: FileSystem): Promise<void> {
  const names = await attempt('list', () => fileSystem.list(dirname(path)), dirname(path))
  if (!names.includes(basename(nextOf(path)))) return
  await attempt('remove', () => fileSystem.remove(nextOf(path)), nextOf(path))
}
