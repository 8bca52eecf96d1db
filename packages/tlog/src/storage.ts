/** What the writer of a log needs of a disk: the port is in core, its names here and an implementation in memory. */
import type { LogBatch, LogStorage, OpenLogStorage } from '@chartseal/core/ports'
import { logError } from './log-errors.js'
import { tileWidth } from './tiles.js'

export type { LogStorage } from '@chartseal/core/ports'
export type Batch = LogBatch
export type OpenStorage = OpenLogStorage

/** The checkpoint that everybody reads, and the last one that was signed and may still lack cosignatures. */
export const checkpointPath = 'checkpoint'
export const signedPath = '.state/signed'
/** The policy whose witnesses must cosign; empty where it was given up. */
export const policyPath = '.state/policy'

/** A {@link LogStorage} in memory, for browsers, tests and demonstrations: gone with the process. */
export interface MemoryStorage extends LogStorage {
  /** Its files by path, as a static server would give them. */
  readonly files: Map<string, Uint8Array>
}

/** The files of a log in memory, in `files` under their paths. */
export function memoryStorage(): MemoryStorage {
  const files = new Map<string, Uint8Array>()
  const journal: Batch[] = []
  let held = false
  return {
    files,
    async open() {
      if (held) throw logError('log/locked', { host: 'this process', pid: 0 })
      held = true
      return openMemory(files, journal, () => {
        held = false
      })
    },
  }
}

function openMemory(files: Map<string, Uint8Array>, journal: Batch[], release: () => void): OpenStorage {
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    files.set(path, Uint8Array.from(bytes))
  }
  return {
    cutBytes: 0,
    journalFrom: journal[0]?.first ?? 0,
    async *batches() {
      for (const { first, entries } of [...journal]) yield { first, entries: entries.slice() }
    },
    async append({ first, entries }) {
      journal.push({ first, entries: entries.slice() })
    },
    async read(path) {
      return files.get(path)?.slice() ?? null
    },
    write: put,
    replace: put,
    async settle(size) {
      const whole = size - (size % tileWidth)
      while (journal.length > 1 && (journal[1]?.first ?? size) <= whole) journal.shift()
    },
    async dropPartials(path) {
      for (const name of files.keys()) if (name.startsWith(`${path}.p/`)) files.delete(name)
    },
    async close() {
      release()
    },
  }
}
