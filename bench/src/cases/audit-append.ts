/** Durable appends by 1, 16 and 256 callers, next to what a user could do instead. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat } from '@chartseal/core/bytes'
import { defaultEngine } from '@chartseal/core/engine'
import type { LogWriter } from '@chartseal/tlog'
import type { Fact } from '../facts.js'
import { memoryInUse } from '../garbage.js'
import { type Case, type Contender, costOf } from '../measure.js'
import { auditLog, openAuditLog } from '../peers/audit-log.js'
import type { DurableAppends } from '../peers/batches.js'
import { jsonLines } from '../peers/json-lines.js'
import { postgresChain, postgresName, whyNoPostgres } from '../peers/postgres-chain.js'
import { sqliteChain, sqliteName, whyNoSqlite } from '../peers/sqlite-chain.js'

export const auditName = '@chartseal/audit'
export const limitName = 'JSON lines, fdatasync per batch'

const recordBytes = 400

/** Text, as JSON would escape anything else; the first 16 characters are its own. */
function record(index: number): Uint8Array {
  const bytes = new Uint8Array(recordBytes).fill(0x61)
  bytes.set(Buffer.from(`${index}`.padStart(16, '0'), 'latin1'))
  return bytes
}

export const appends = async (): Promise<readonly Case[]> => Promise.all([1, 16, 256].map(appendCase))

async function appendCase(callers: number): Promise<Case> {
  const title = `Durable appends of ${recordBytes} bytes, ${callers} ${callers === 1 ? 'caller' : 'callers'}`
  return {
    id: `append-${callers}`,
    title,
    unit: 'appends/s',
    perUnit: callers,
    contenders: [
      appender(auditName, callers, auditLog),
      appender(limitName, callers, jsonLines),
      (await whyNoSqlite()) ?? appender(sqliteName, callers, sqliteChain),
      (await whyNoPostgres()) ?? appender(postgresName, callers, postgresChain),
    ],
  }
}

/** Each has a folder of its own, made when it is needed first. */
function appender(name: string, callers: number, open: (path: string) => Promise<DurableAppends>): Contender {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-bench-'))
  let opened: Promise<DurableAppends> | undefined
  let next = 0
  const appendAll = async (count: number): Promise<void> => {
    opened ??= open(join(folder, 'log'))
    const log = await opened
    const call = async (): Promise<void> => {
      for (let i = 0; i < count; i++) await log.append(record(next++))
    }
    await Promise.all(Array.from({ length: callers }, call))
  }
  return {
    name,
    answer: async () => {
      opened ??= open(join(folder, 'log'))
      const log = await opened
      while (next < 3) await log.append(record(next++))
      return defaultEngine().sha256(concat(...(await log.records())))
    },
    work: amount => costOf(() => appendAll(amount)),
    close: () => void closed(opened, folder),
  }
}

async function closed(opened: Promise<DurableAppends> | undefined, folder: string): Promise<void> {
  await (await opened)?.close()
  rmSync(folder, { recursive: true, force: true })
}

const [few, many] = [100_000, 1_000_000]

/** A million entries by 256 callers: what memory does, and how long opening takes then. */
export async function millionEntries(): Promise<readonly Fact[]> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-bench-'))
  try {
    const log = await openAuditLog(join(folder, 'log'))
    await appendUntil(log, few)
    const before = memoryInUse()
    const { wallSeconds } = await costOf(() => appendUntil(log, many))
    const grown = memoryInUse() - before
    await log.close()
    const opening = await costOf(async () => (await openAuditLog(join(folder, 'log'))).close())
    return [
      {
        id: 'million-rate',
        title: `appends/s up to ${many} entries`,
        value: (many - few) / wallSeconds,
        unit: '',
      },
      {
        id: 'million-memory',
        title: 'memory in use for each entry',
        value: Math.max(0, grown / (many - few)),
        unit: 'bytes',
      },
      { id: 'million-open', title: `opening ${many} entries`, value: opening.wallSeconds, unit: 's' },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function appendUntil(log: LogWriter<Uint8Array>, size: number): Promise<void> {
  let next = log.size
  const call = async (): Promise<void> => {
    while (next < size) await log.append(record(next++))
  }
  await Promise.all(Array.from({ length: 256 }, call))
}
