/** Blocks of records: rows say who has what, files hold the bytes, and no file goes while a row or a copy needs it. */
import { unlink } from 'node:fs/promises'
import type { Clock, Random } from '@chartseal/core/ports'
import type { DataPaths } from '../data-folder.js'
import type { Store } from '../store.js'
import { BlockFiles, blockPath, twinOf } from './blocks.js'
import type { Committer } from './committer.js'
import type { Turns } from './turns.js'

export interface BlockKeeperOptions {
  readonly folder: string
  readonly store: Store
  readonly writes: Committer
  readonly turns: Turns
  readonly clock: Clock
  readonly random: Random
  /** What one device may have. */
  readonly bytesPerDevice: number
  /** What no package names is kept for so long. */
  readonly unnamedMs: number
}

/** Where blocks are, and how many. */
export interface BlockOptions {
  readonly paths: DataPaths
  readonly databaseUrl: string | null
  /** Whether every server on the database has the data folder: else none of them keeps blocks. */
  readonly isDataShared?: boolean
  readonly blockLimits?: Partial<Pick<BlockKeeperOptions, 'bytesPerDevice' | 'unnamedMs'>>
  readonly clock: Clock
  readonly random: Random
}

/** Of blocks, grant lists and files of links. */
export const defaultBytesPerDevice = 21_474_836_480
const defaultLimits = { bytesPerDevice: defaultBytesPerDevice, unnamedMs: 86_400_000 } as const

/** `null`: two servers on one database that have a folder each would each lack what the other was given. */
export function keeperOf(
  { paths, databaseUrl, isDataShared = false, blockLimits = {}, clock, random }: BlockOptions,
  parts: Pick<BlockKeeperOptions, 'store' | 'writes' | 'turns'>,
): BlockKeeper | null {
  if (databaseUrl !== null && !isDataShared) return null
  const limits = { ...defaultLimits, ...blockLimits }
  return new BlockKeeper({ ...parts, ...limits, folder: paths.blocks, clock, random })
}

/** A file without a row may be one whose row is being written, by this process: nobody else has the folder. */
const strayMs = 3_600_000

export class BlockKeeper {
  readonly files: BlockFiles
  readonly bytesPerDevice: number
  readonly unnamedMs: number
  readonly #options: BlockKeeperOptions
  readonly #startedMs: number
  /** Nobody holds them any more, and their files are still there: a copy needed them, or the disk failed. */
  readonly #going = new Set<string>()

  constructor(options: BlockKeeperOptions) {
    const { folder, clock, random, bytesPerDevice, unnamedMs } = options
    this.files = new BlockFiles(folder, { clock, random })
    this.bytesPerDevice = bytesPerDevice
    this.unnamedMs = unnamedMs
    this.#options = options
    this.#startedMs = clock.nowMs()
  }

  /** Works about one file come one after the other, whichever of its two CIDs they name. */
  turn<Result>(cid: string, work: () => Promise<Result>): Promise<Result> {
    return this.#options.turns.take(`block ${blockPath(cid)}`, work)
  }

  /**
   * Removes the files of those that nobody holds, now or when no copy is being made; what fails is tried again with the next.
   * @throws ChartsealError `files/failed`
   */
  async drop(cids: readonly string[]): Promise<void> {
    for (const cid of cids) this.#going.add(cid)
    if (this.#going.size === 0 || (await this.files.areHeld())) return
    const failures: unknown[] = []
    for (const cid of [...this.#going])
      await this.turn(cid, () => this.#removeUnheld(cid)).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  async #removeUnheld(cid: string): Promise<void> {
    const { blobs } = this.#options.store
    const needed = (await blobs.find(cid)) ?? (await blobs.find(twinOf(cid)))
    if (needed === null) await this.files.remove(cid)
    this.#going.delete(cid)
  }

  /** Forgets what no package names; gives how many. */
  async forgetUnnamed(): Promise<number> {
    const { writes, clock } = this.#options
    for (let total = 0; ; ) {
      const untilMs = clock.nowMs() - this.unnamedMs
      const { count, gone } = await writes.commit(({ blobs }) => blobs.releaseUnnamed(untilMs))
      await this.drop(gone)
      total += count
      if (count === 0) return total
    }
  }

  /** Removes files that no row names, of a process before this one or of an hour ago; gives how many. */
  async sweep(): Promise<number> {
    if (await this.files.areHeld()) return 0
    let total = 0
    const nowMs = this.#options.clock.nowMs()
    // What was there before this process is nobody's work, unless the clock went back since.
    const untilMs = Math.max(nowMs - strayMs, nowMs < this.#startedMs ? 0 : this.#startedMs)
    for await (const { path, cids } of this.files.modifiedUntil(untilMs)) {
      const [cid] = cids
      const remove = async (): Promise<void> => {
        if (await this.#areNamed(cids)) return
        const isRemoved = await unlink(path).then(
          () => true,
          () => false,
        )
        if (isRemoved) total += 1
      }
      await (cid === undefined ? remove() : this.turn(cid, remove))
    }
    return total
  }

  async #areNamed(cids: readonly string[]): Promise<boolean> {
    for (const cid of cids) if ((await this.#options.store.blobs.find(cid)) !== null) return true
    return false
  }
}
