import { encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import type { AppendLog, Clock, Random } from '@chartseal/core/ports'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { type AuditEvent, entryAt } from './body.js'
import { type ReadOptions, type ReadResult, readOne, sealEntry } from './record.js'

export interface AuditLogOptions {
  readonly clock?: Clock
  readonly random?: Random
}

/** A record and its place in the log, from 0. */
export interface Appended {
  readonly index: number
  readonly record: string
}

/** A list of sealed entries, kept in an {@link AppendLog}: durable as far as that log is. */
export interface AuditLog {
  /** How many records are durable. */
  readonly length: number
  /**
   * Seals the event under the time of the clock; resolves when the log has it durably. Calls keep their order.
   * @throws ChartsealError `encoding/invalid`, `key/wiped`, and what the log throws
   */
  append(event: AuditEvent): Promise<Appended>
  /** One result for each record in order, from index `from` (0) on: a bad one does not hide the others. */
  readAll(options?: ReadOptions & { readonly from?: number }): AsyncGenerator<ReadResult, void, undefined>
}

/**
 * Keeps the audit log of the seed in `log`, one record (ASCII base64) in each of its records. The key and the
 * log stay the caller's to wipe and close.
 *
 * Weak by design: whoever can write `log` can drop, swap and repeat records unnoticed.
 */
export function auditLog(key: AeadKey, log: AppendLog, options: AuditLogOptions = {}): AuditLog {
  const { clock = systemClock, random = systemRandom } = options
  return {
    get length(): number {
      return log.length
    },

    async append(event) {
      const record = sealEntry(key, entryAt(event, clock), random)
      return { index: await log.append(encodeUtf8(record)), record }
    },

    async *readAll({ from = 0, ...read } = {}) {
      let index = from
      for await (const record of log.read(from)) yield readOne(key, toText(record), index++, read)
    },
  }
}

// Not decodeUtf8: bytes that are no text are one bad record, and outside ASCII there is no base64.
function toText(record: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(record)
}
