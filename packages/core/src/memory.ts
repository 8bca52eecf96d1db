/** Implementations of the ports in memory, for browsers, tests and demonstrations: gone with the process. */
import { checkKey } from './key-names.js'
import type { AppendLog, KeyValue } from './ports.js'

/** An {@link AppendLog} in memory. `records` are what it holds at the start. */
export function memoryLog(records: readonly Uint8Array[] = []): AppendLog {
  return new MemoryLog(records)
}

class MemoryLog implements AppendLog {
  readonly #records: Uint8Array[]
  #closed = false

  constructor(records: readonly Uint8Array[]) {
    this.#records = records.map(record => Uint8Array.from(record))
  }

  get length(): number {
    return this.#records.length
  }

  async append(record: Uint8Array): Promise<number> {
    return this.appendAll([record])
  }

  async appendAll(records: readonly Uint8Array[]): Promise<number> {
    this.#refuseClosed()
    const first = this.#records.length
    for (const record of records) this.#records.push(Uint8Array.from(record))
    return first
  }

  async *read(from = 0): AsyncIterable<Uint8Array> {
    this.#refuseClosed()
    if (!Number.isSafeInteger(from) || from < 0) throw new RangeError('from must be a non-negative integer')
    for (const record of this.#records.slice(from)) yield Uint8Array.from(record)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #refuseClosed(): void {
    if (this.#closed) throw new TypeError('this log is closed')
  }
}

/** A {@link KeyValue} in memory. */
export function memoryKeyValue(): KeyValue {
  const values = new Map<string, Uint8Array>()
  return {
    async get(key) {
      const value = values.get(checkKey(key))
      return value === undefined ? null : Uint8Array.from(value)
    },
    async put(key, value) {
      values.set(checkKey(key), Uint8Array.from(value))
    },
    async delete(key) {
      values.delete(checkKey(key))
    },
    async keys(prefix = '') {
      return [...values.keys()].filter(key => key.startsWith(prefix)).sort()
    },
  }
}
