/** Gives every request its place: one batch after the other, each with one fsync. */
import type { Clock } from '@chartseal/core/ports'
import type { TreeHasher } from '../hashing.js'
import type { LeafCodec } from '../leaf-codec.js'
import { logError } from '../log-errors.js'
import type { OpenStorage } from '../storage.js'
import { type Appended, encodeBatch, type Waiting } from './batch.js'
import { type IdIndex, idBytes } from './id-index.js'
import type { LogEnd, OnClockBack } from './options.js'
import type { TreeWriter } from './tree-writer.js'

export interface SequencerParts<Request> {
  readonly storage: OpenStorage
  readonly codec: LeafCodec<Request>
  readonly clock: Clock
  readonly hasher: TreeHasher
  readonly tree: TreeWriter
  readonly ids: IdIndex
  readonly maxWaiting: number
  /** The time of the last leaf; 0 where it is not known. */
  readonly lastAtMs: number
  readonly onClockBack: OnClockBack<Request> | undefined
  /** Whether entries that are durable count. */
  readonly confirm: ((end: LogEnd) => Promise<void>) | undefined
  /** Told when entries became durable. */
  readonly grown: () => void
  /** Told once, when writing failed. */
  readonly failed: (error: unknown) => void
}

/** A clock that is corrected steps back by less than this. */
const clockSlackMs = 5_000

/** How many requests share an fsync at most: a batch of the longest leaves is below 64 MiB. */
const maxBatch = 1_000

export class Sequencer<Request> {
  readonly #parts: SequencerParts<Request>
  #queue: Waiting<Request>[] = []
  /** Requests that have no index yet, by id. */
  readonly #waiting = new Map<string, Promise<Appended>>()
  #flushing: Promise<void> | null = null
  #isPoisoned = false
  #lastAtMs: number
  #isBehind = false

  constructor(parts: SequencerParts<Request>) {
    this.#parts = parts
    this.#lastAtMs = parts.lastAtMs
  }

  async append(request: Request): Promise<Appended> {
    const { codec, ids, maxWaiting } = this.#parts
    if (this.#isPoisoned) throw logError('log/poisoned', {})
    const id = codec.idOf(request)
    if (id.length !== idBytes) throw new TypeError(`a request id has ${idBytes} bytes`)
    const index = ids.find(id)
    if (index !== null) return this.#again(request, index)
    const name = nameOf(id)
    const first = this.#waiting.get(name)
    if (first !== undefined) return this.#afterFirst(request, first)
    if (this.#waiting.size >= maxWaiting) throw logError('log/busy', { waiting: this.#waiting.size })
    return this.#enqueue(request, id)
  }

  #enqueue(request: Request, id: Uint8Array): Promise<Appended> {
    const name = nameOf(id)
    const appended = new Promise<Appended>((resolve, reject) => {
      this.#queue.push({ request, id: Uint8Array.from(id), name, resolve, reject })
    })
    this.#waiting.set(name, appended)
    this.#flushing ??= this.#flush()
    return appended
  }

  /** The same id was asked for and has no place yet. */
  async #afterFirst(request: Request, first: Promise<Appended>): Promise<Appended> {
    const appended = await first.catch(() => null)
    return appended === null ? this.append(request) : this.#again(request, appended.index)
  }

  async #again(request: Request, index: number): Promise<Appended> {
    const { codec, tree } = this.#parts
    const isSame = await codec.holds(await tree.leafAt(index), index, request)
    if (!isSame) throw logError('log/request-conflict', { index })
    return { index, atMs: null }
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#flushing
  }

  async #flush(): Promise<void> {
    // Appends of the same turn of the event loop share the first fsync too.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch)
      try {
        await this.#commit(batch)
      } catch (error) {
        this.poison(error, batch)
      }
    }
    this.#flushing = null
  }

  async #commit(batch: readonly Waiting<Request>[]): Promise<void> {
    const { storage, codec, hasher, tree, ids, confirm } = this.#parts
    const first = tree.size
    const atMs = this.#nowMs()
    // Bundles and tiles of the batch before are written while this one becomes durable.
    const before = tree.written()
    const { placed, refused, leaves, framed, bytes } = await encodeBatch(codec, batch, first, atMs)
    for (const { waiting, reason } of refused) this.#refuse(waiting, reason)
    if (placed.length > 0) {
      const durable = storage.append({ first, entries: bytes })
      // The disk works meanwhile.
      const hashes = hasher.leafHashes(leaves)
      await durable
      tree.add(framed, hashes)
      await confirm?.({ size: tree.size, root: tree.root() })
      let index = first
      for (const { id, name, resolve } of placed) {
        ids.add(id, index)
        this.#waiting.delete(name)
        resolve({ index, atMs })
        index++
      }
      this.#parts.grown()
    }
    await before
  }

  /** Clocks are set back, by a few milliseconds every day; the times of a log are not. */
  #nowMs(): number {
    const now = this.#parts.clock.nowMs()
    const behind = this.#lastAtMs - now
    const wasBehind = this.#isBehind
    this.#isBehind = behind > clockSlackMs
    if (this.#isBehind && !wasBehind) this.#noteBehind(behind)
    this.#lastAtMs = Math.max(this.#lastAtMs, now)
    return this.#lastAtMs
  }

  /** Behind all that waits, which may have to stand together. */
  #noteBehind(behindMs: number): void {
    const { codec, ids, onClockBack } = this.#parts
    const note = onClockBack?.(behindMs, this.#lastAtMs) ?? null
    if (note === null) return
    const id = codec.idOf(note)
    if (ids.find(id) !== null || this.#waiting.has(nameOf(id))) return
    // Nobody waits for it: a failure of the disk is told to those whose entries failed with it.
    this.#enqueue(note, id).catch(() => undefined)
  }

  #refuse({ name, reject }: Waiting<Request>, reason: unknown): void {
    this.#waiting.delete(name)
    reject(reason)
  }

  /** Nothing is appended any more: what the storage holds is known again after reopening. */
  poison(error: unknown, batch: readonly Waiting<Request>[] = []): void {
    for (const waiting of batch) this.#refuse(waiting, error)
    for (const waiting of this.#queue.splice(0)) this.#refuse(waiting, logError('log/poisoned', {}))
    if (this.#isPoisoned) return
    this.#isPoisoned = true
    this.#parts.failed(error)
  }
}

/** Ids as keys of a map: two bytes to a character. */
function nameOf(id: Uint8Array): string {
  const at = (i: number): number => ((id[i] ?? 0) << 8) | (id[i + 1] ?? 0)
  return String.fromCharCode(at(0), at(2), at(4), at(6), at(8), at(10), at(12), at(14))
}
