import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileLog, OpenLogOptions } from '@chartseal/core/files'
import { openLog } from '@chartseal/core/files'
import { afterAll } from 'vitest'
import type { MemoryDisk } from './files-disk.js'
import { codeOf } from './helpers.js'

export const path = '/data/a.log'
export const kind = 'test/v1'
/** Bytes of the file before the first record, and around each one (docs/spec/append-log.md). */
export const headBytes = 56
export const frameOverheadBytes = 24

/** A folder on the real disk, removed when the test file ends. */
export function realFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-files-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function openOn(disk: MemoryDisk, options: Partial<OpenLogOptions> = {}): Promise<FileLog> {
  return openLog(path, { kind, fileSystem: disk, ...options })
}

export async function texts(log: FileLog, from?: number): Promise<string[]> {
  const found: string[] = []
  for await (const record of log.read(from)) found.push(Buffer.from(record).toString('latin1'))
  return found
}

/** The file that a log with these records leaves behind. */
export async function written(disk: MemoryDisk, ...records: readonly string[]): Promise<Uint8Array> {
  const log = await openOn(disk)
  for (const record of records) await log.append(Buffer.from(record, 'latin1'))
  await log.close()
  const bytes = disk.bytes(path)
  if (bytes === undefined) throw new Error('the log is not there')
  return bytes
}

/** The code that an asynchronous attempt is refused with. */
export async function codeOfAsync(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    return codeOf(() => {
      throw error
    })
  }
}
