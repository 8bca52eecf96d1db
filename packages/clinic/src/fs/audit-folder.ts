/**
 * An audit log in a folder. `<folder>/log` holds what can be served to everybody, `<folder>/subjects` the wrapped keys
 * of patients; the keys of the log itself are in another folder, which no backup should have. Table:
 * docs/spec/audit-v2.md.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type PatientIdForm, patientIdForms } from '@chartseal/audit'
import { attempt, systemCodeOf } from '@chartseal/core/files'
import { JsonObject } from '@chartseal/core/json'
import type { FolderSystem } from '@chartseal/tlog/fs'
import { auditFolderError } from '../errors.js'
import type { World } from '../world.js'

/** Where a log is; both paths are absolute. */
export interface AuditPlace {
  readonly folder: string
  /** Where the log's own keys are; by default the folder's name and `.keys`. */
  readonly keys?: string | undefined
}

export interface AuditFolderOptions extends AuditPlace, World {
  /** The disk under the keys of patients and the log; by default that of Node. */
  readonly system?: FolderSystem
}

/** What anybody may know of a log. */
export interface LogDescription {
  readonly origin: string
  readonly verifierKey: string
  /** How ids of patients choose a key. */
  readonly patientIds: PatientIdForm
}

export interface AuditFolderPaths {
  readonly description: string
  /** What can be served to everybody. */
  readonly log: string
  readonly subjects: string
  readonly keys: string
  readonly logKeys: string
  readonly signingKey: string
}

/** The paths inside of a log's folders. */
export function auditFolderPaths({ folder, keys: given }: AuditPlace): AuditFolderPaths {
  const keys = given ?? `${folder.replace(/\/+$/, '')}.keys`
  return {
    description: join(folder, 'log.json'),
    log: join(folder, 'log'),
    subjects: join(folder, 'subjects'),
    keys,
    logKeys: join(keys, 'log-keys'),
    signingKey: join(keys, 'signing.key'),
  }
}

/** @throws ChartsealError `files/failed` where that cannot be told */
export async function isAuditFolder(place: AuditPlace): Promise<boolean> {
  return exists(auditFolderPaths(place).description)
}

/** Only a file that is missing is missing: one that may not be looked at is `files/failed`. */
export async function exists(path: string): Promise<boolean> {
  const found = await attempt('stat', () => stat(path).catch(nullIfMissing), path)
  return found !== null
}

function nullIfMissing(cause: unknown): null {
  if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause) ?? '')) return null
  throw cause
}

/** @throws ChartsealError `audit-folder/missing`, `json/invalid`, `files/failed` */
export async function describeAuditFolder(place: AuditPlace): Promise<LogDescription> {
  const { folder } = place
  const { description } = auditFolderPaths(place)
  if (!(await isAuditFolder(place))) throw auditFolderError('audit-folder/missing', { folder })
  const json = JsonObject.parse(await attempt('read', () => readFile(description, 'utf8'), description))
  // Logs of before had no rule for ids.
  const form = json.has('patient_ids') ? json.text('patient_ids') : 'exact'
  const patientIds = patientIdForms.find(known => known === form)
  if (patientIds === undefined) throw auditFolderError('audit-folder/other-ids', { folder })
  return { origin: json.text('origin'), verifierKey: json.text('verifier_key'), patientIds }
}

/** @throws ChartsealError `audit-folder/no-keys`: a medium that is not mounted is the usual reason */
export async function requireKeys(place: AuditPlace): Promise<void> {
  const { keys, logKeys } = auditFolderPaths(place)
  if (!(await exists(logKeys))) throw auditFolderError('audit-folder/no-keys', { keys })
}
