/** How much a clinic takes before its disk is full: acknowledging and ending devices must go on. */
import { statfs } from 'node:fs/promises'
import type { Clock } from '@chartseal/core/ports'
import { TokenBuckets } from '@chartseal/core/token-bucket'
import { requestError } from '../errors.js'

export interface RoomOptions {
  readonly clock: Clock
  /** Free bytes of the disk that has the data folder. */
  free(): Promise<number>
  /** Below so many free bytes nothing new is taken. */
  readonly floorBytes: number
  /** Of sealed entries, which are kept for ever, in a day of one device. */
  readonly entryBytesPerDay: number
}

export const defaultFloorBytes = 134_217_728
export const defaultEntryBytesPerDay = 67_108_864
/** So long one look at the disk is believed. */
const lookMs = 1_000
const daySeconds = 86_400

export class Room {
  readonly #options: RoomOptions
  readonly #entries: TokenBuckets
  #looked: { readonly atMs: number; readonly hasRoom: Promise<boolean> } | null = null

  constructor(options: RoomOptions) {
    this.#options = options
    const { entryBytesPerDay } = options
    this.#entries = new TokenBuckets({ perSecond: entryBytesPerDay / daySeconds, burst: entryBytesPerDay })
  }

  /**
   * Before anything that stays is taken; not before what makes room or ends a device.
   * @throws ChartsealError `server/full`
   */
  async require(): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    const looked = this.#looked
    const isFresh = looked !== null && nowMs >= looked.atMs && nowMs - looked.atMs < lookMs
    const hasRoom = isFresh ? looked.hasRoom : this.#look(nowMs)
    if (!(await hasRoom)) throw requestError('server/full', {})
  }

  /**
   * Counts a sealed entry of a device; what was counted is forgotten at a restart.
   * @throws ChartsealError `request/too-many`
   */
  takeEntry(kid: string, bytes: number): void {
    const retryMs = this.#entries.take(kid, this.#options.clock.nowMs(), bytes)
    if (retryMs > 0) throw requestError('request/too-many', { retryMs })
  }

  /** A disk that does not say is taken to have room: a write that fails is refused by itself. */
  #look(atMs: number): Promise<boolean> {
    const { free, floorBytes } = this.#options
    const hasRoom = free().then(
      bytes => bytes >= floorBytes,
      () => true,
    )
    this.#looked = { atMs, hasRoom }
    return hasRoom
  }
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
