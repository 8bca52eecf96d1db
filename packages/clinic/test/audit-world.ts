/** Audit logs in folders of their own, and disks that end. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditRecord, ScanResult } from '@chartseal/audit'
import {
  type AuditFolderOptions,
  createAuditFolder,
  openAuditFolder,
  readEntries,
} from '@chartseal/clinic/fs/audit'
import type { OpenFile } from '@chartseal/core/files'
import { systemRandom } from '@chartseal/core/system'
import { type FolderSystem, nodeFolderSystem } from '@chartseal/tlog/fs'
import { onTestFinished } from 'vitest'

export const origin = 'clinic.example/audit'
export const startMs = Date.UTC(2026, 6, 15)

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-clinic-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new log whose clock moves on with each look. */
export async function newLog(patients: readonly string[] = []): Promise<AuditFolderOptions> {
  let nowMs = startMs
  const options = {
    folder: join(emptyFolder(), 'audit'),
    clock: { nowMs: () => nowMs++ },
    random: systemRandom,
  }
  await createAuditFolder({ ...options, origin })
  if (patients.length > 0) await appendAbout(options, ...patients)
  return options
}

export function recordAbout(patient: string | null): AuditRecord {
  return {
    at: startMs,
    actor: 'Dr. Okafor',
    action: 'read',
    patient,
    outcome: 'success',
    purposeOfUse: ['TREAT'],
    source: 'ward 3',
    detail: {},
  }
}

export async function appendAbout(
  options: AuditFolderOptions,
  ...patients: readonly string[]
): Promise<void> {
  const opened = await openAuditFolder(options)
  try {
    for (const patient of patients) {
      await opened.writer.append({ id: systemRandom.bytes(16), record: recordAbout(patient) })
    }
  } finally {
    await opened.close()
  }
}

export async function entriesOf(
  options: AuditFolderOptions,
  patient?: string,
): Promise<readonly ScanResult[]> {
  const entries: ScanResult[] = []
  for await (const entry of readEntries(options, patient)) entries.push(entry)
  return entries
}

/** What can be read of a log, in short: whose entry it is, or which kind. */
export function inShort(entries: readonly ScanResult[]): readonly string[] {
  return entries.map(entry => {
    if (entry.kind !== 'entry') return entry.kind
    return entry.record.patient ?? entry.record.detail.text ?? ''
  })
}

class Killed extends Error {}

/**
 * A disk of a process that is killed at operation `last` (from 0): with `effect` that one still happens, and nothing after
 * it does. Reading counts as well.
 */
export class MortalDisk {
  operations = 0
  readonly #last: number
  readonly #effect: boolean

  constructor(last: number, effect: boolean) {
    this.#last = last
    this.#effect = effect
  }

  get isDead(): boolean {
    return this.operations > this.#last
  }

  readonly system: FolderSystem = {
    open: async (path, how, mode) =>
      this.#file(await this.#run(() => nodeFolderSystem.open(path, how, mode))),
    status: path => this.#run(() => nodeFolderSystem.status(path)),
    realPath: path => this.#run(() => nodeFolderSystem.realPath(path)),
    rename: (from, to) => this.#run(() => nodeFolderSystem.rename(from, to)),
    remove: path => this.#run(() => nodeFolderSystem.remove(path)),
    list: folder => this.#run(() => nodeFolderSystem.list(folder)),
    syncFolder: folder => this.#run(() => nodeFolderSystem.syncFolder(folder)),
    makeFolder: (path, mode) => this.#run(() => nodeFolderSystem.makeFolder(path, mode)),
    removeFolder: path => this.#run(() => nodeFolderSystem.removeFolder(path)),
  }

  #file(file: OpenFile): OpenFile {
    return {
      read: (into, position) => this.#run(() => file.read(into, position)),
      write: (bytes, position) => this.#run(() => file.write(bytes, position)),
      truncate: sizeBytes => this.#run(() => file.truncate(sizeBytes)),
      sync: () => this.#run(() => file.sync()),
      sizeBytes: () => this.#run(() => file.sizeBytes()),
      // Closing changes nothing on the disk, and the test has to give its handles back.
      close: () => file.close(),
    }
  }

  async #run<Result>(operation: () => Promise<Result>): Promise<Result> {
    const number = this.operations++
    if (number < this.#last) return operation()
    if (number === this.#last && this.#effect) await operation()
    throw new Killed('the process was killed')
  }
}

/** The claims of a process that is dead, as its successor sees them: here both are one process. */
export function buryProcess(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (entry.includes('.lock,')) rmSync(join(folder, entry), { force: true })
  }
}
