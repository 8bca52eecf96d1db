/** Reads a log from many places at once: whoever goes on does so where they were, and those who are as far share a read. */
import type { FileLog } from '@chartseal/core/files'

interface Cursor {
  readonly records: AsyncIterator<Uint8Array>
  /** Read already, and not given yet. */
  next: Uint8Array | null
}

interface Part {
  readonly records: readonly Uint8Array[]
  /** It ended with the log, as that was then. */
  readonly isEnd: boolean
}

/** Finding a place reads up to 64 records before it, so as many readers keep theirs. */
const mostCursors = 32
const mostShared = 16

export class LogReading {
  readonly #log: FileLog
  /** By the index of the record that comes next. */
  readonly #cursors = new Map<number, Cursor>()
  /** What was read last, by index and size. */
  readonly #shared = new Map<string, Promise<Part>>()

  constructor(log: FileLog) {
    this.#log = log
  }

  /** As many records as fit into `maxBytes`, at least one where there is one. The arrays are the caller's. */
  async read(index: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    if (index >= this.#log.length) return []
    const name = `${index} ${maxBytes}`
    const known = this.#shared.get(name) ?? this.#readNew(index, maxBytes)
    this.#shared.set(name, known)
    forgetFirst(this.#shared, mostShared)
    try {
      const { records, isEnd } = await known
      // There may be more behind it the next time.
      if (isEnd) this.#shared.delete(name)
      return records.map(record => new Uint8Array(record))
    } catch (error) {
      this.#shared.delete(name)
      throw error
    }
  }

  async #readNew(index: number, maxBytes: number): Promise<Part> {
    const cursor = this.#cursors.get(index) ?? {
      records: this.#log.read(index)[Symbol.asyncIterator](),
      next: null,
    }
    this.#cursors.delete(index)
    const records: Uint8Array[] = []
    for (let total = 0; ; ) {
      const record = cursor.next ?? (await nextOf(cursor))
      if (record === null) return { records, isEnd: true }
      cursor.next = record
      total += record.length
      if (records.length > 0 && total > maxBytes) break
      records.push(record)
      cursor.next = null
    }
    this.#cursors.set(index + records.length, cursor)
    forgetFirst(this.#cursors, mostCursors)
    return { records, isEnd: false }
  }
}

async function nextOf({ records }: Cursor): Promise<Uint8Array | null> {
  const { done, value } = await records.next()
  return done === true ? null : value
}

function forgetFirst<Name>(map: Map<Name, unknown>, most: number): void {
  const [first] = map.keys()
  if (map.size > most && first !== undefined) map.delete(first)
}
