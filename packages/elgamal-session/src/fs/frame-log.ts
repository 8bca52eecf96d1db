/** The frames of a relay in one file (Node only): each is on the disk before anybody gets it. */
import { dirname } from 'node:path'
import {
  attempt,
  type FileLock,
  type FileLog,
  type FileSystem,
  lockFile,
  nodeFileSystem,
  openLog,
} from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { relayError } from '../relay/errors.js'
import { sequenceOf } from '../relay/frame.js'
import type { FrameLog } from '../relay/frame-log.js'
import { LogReading } from './reading.js'

export interface FrameFileOptions {
  readonly path: string
  /** How long the file may be. */
  readonly maxBytes: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
}

export interface FrameFile extends FrameLog {
  /** Bytes of an interrupted write that were cut off when it was opened. */
  readonly cutBytes: number
  /** Waits for what was appended. */
  close(): Promise<void>
}

const kind = 'conference/v2'

/**
 * Opens a log for this process alone, or makes one; what an interrupted write left behind the last whole frame is cut.
 * @throws ChartsealError `files/…`, `conference/log-damaged`
 */
export async function openFrameFile(options: FrameFileOptions): Promise<FrameFile> {
  const { path, fileSystem = nodeFileSystem, random = systemRandom } = options
  // Held while the file is opened again after a failure.
  const lock = await lockFile(path, { fileSystem, random })
  const held = { ...options, fileSystem, random, lock }
  try {
    const state = await opened(held)
    await lock.settle()
    return new FramesOnDisk(held, state)
  } catch (error) {
    await lock.release()
    throw error
  }
}

type Held = Required<FrameFileOptions> & { readonly lock: FileLock }

interface Opened {
  readonly log: FileLog
  readonly reading: LogReading
  /** The number of the first frame; 0 while there is none. */
  first: number
  newest: Uint8Array | null
  /** Of the file, with what waits to be written. */
  bytes: number
}

class FramesOnDisk implements FrameFile {
  readonly cutBytes: number
  readonly #options: Held
  #state: Opened
  /** What was written last is not known to be there: it is opened again before anything else. */
  #isBroken = false
  #opening: Promise<void> | null = null
  /** The number that was appended last, durable or not. */
  #last: number
  /** What was appended last is there, or has failed. */
  #written: Promise<unknown> = Promise.resolve()
  #restarting: Promise<void> | null = null

  constructor(options: Held, state: Opened) {
    this.#options = options
    this.#state = state
    this.#last = numberOf(state.newest)
    this.cutBytes = state.log.recovered.cutBytes
  }

  newest(): Uint8Array | null {
    const { newest } = this.#state
    return newest === null ? null : new Uint8Array(newest)
  }

  append(frame: Uint8Array): Promise<void> {
    const copy = new Uint8Array(frame)
    const appended =
      this.#restarting === null ? this.#append(copy) : this.#restarting.then(() => this.#append(copy))
    this.#written = appended.catch(() => undefined)
    return appended
  }

  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = null
    })
    return this.#restarting
  }

  async #append(frame: Uint8Array): Promise<void> {
    const sequence = sequenceOf(frame)
    this.#requireNext(sequence)
    if (this.#state.bytes + frame.length > this.#options.maxBytes)
      throw relayError('conference/log-full', { limitBytes: this.#options.maxBytes })
    if (this.#isBroken) {
      await this.#reopen()
      // What had failed may be there.
      this.#requireNext(sequence)
    }
    this.#last = sequence
    this.#state.bytes += frame.length + frameOverheadBytes
    await this.#write(frame)
  }

  #requireNext(sequence: number): void {
    if (this.#last > 0 && sequence !== this.#last + 1) throw new RangeError('a frame must follow the newest')
  }

  async read(after: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    const { reading, first } = this.#state
    return first === 0 ? [] : reading.read(Math.max(0, after + 1 - first), maxBytes)
  }

  async close(): Promise<void> {
    await this.#restarting?.catch(() => undefined)
    try {
      await this.#state.log.close()
    } finally {
      await this.#options.lock.release()
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    const state = this.#state
    try {
      await state.log.append(frame)
      if (state.first === 0) state.first = sequenceOf(frame)
      state.newest = frame
    } catch (error) {
      this.#isBroken = true
      // Whether it is there is known then.
      await this.#reopen().catch(() => undefined)
      throw error
    }
  }

  /** Behind what is on its way. Should the process end meanwhile, what is opened next is empty or as it was. */
  async #restart(): Promise<void> {
    await this.#written
    const { path, fileSystem } = this.#options
    this.#isBroken = true
    try {
      await this.#state.log.close()
      await attempt('remove', () => fileSystem.remove(path), path)
      await attempt('fsync', () => fileSystem.syncFolder(dirname(path)), path)
    } catch (error) {
      // What is there can be read all the same.
      await this.#reopen().catch(() => undefined)
      throw error
    }
    await this.#reopen()
  }

  /** Once for all that failed together. */
  #reopen(): Promise<void> {
    this.#opening ??= this.#openAgain().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  async #openAgain(): Promise<void> {
    if (!this.#isBroken) return
    await this.#state.log.close().catch(() => undefined)
    this.#last = numberOf(this.#state.newest)
    this.#state = await opened(this.#options)
    this.#last = numberOf(this.#state.newest)
    this.#isBroken = false
  }
}

/** What a record has beside its bytes. */
const frameOverheadBytes = 24

async function opened({ path, fileSystem, random, lock }: Held): Promise<Opened> {
  const log = await openLog(path, { kind, fileSystem, random, lock })
  try {
    const first = numberOf(await recordAt(log, 0))
    const newest = await recordAt(log, log.length - 1)
    if (log.length > 0 && numberOf(newest) !== first + log.length - 1)
      throw relayError('conference/log-damaged', { path })
    return { log, reading: new LogReading(log), first, newest, bytes: await sizeOf(path, fileSystem) }
  } catch (error) {
    await log.close().catch(() => undefined)
    throw error
  }
}

async function recordAt(log: FileLog, index: number): Promise<Uint8Array | null> {
  if (index < 0 || index >= log.length) return null
  for await (const record of log.read(index)) return record
  return null
}

async function sizeOf(path: string, fileSystem: FileSystem): Promise<number> {
  const file = await attempt('open', () => fileSystem.open(path, 'read', 0), path)
  try {
    return await attempt('stat', () => file.sizeBytes(), path)
  } finally {
    await file.close()
  }
}

function numberOf(frame: Uint8Array | null): number {
  return frame === null ? 0 : sequenceOf(frame)
}
