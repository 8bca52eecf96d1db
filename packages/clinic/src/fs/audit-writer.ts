/** Making an audit log in a folder, writing to it, and forgetting a patient: where keys and log change together. */
import { mkdir } from 'node:fs/promises'
import {
  checkEntry,
  clockBackEntry,
  type EntryRequest,
  entryCodec,
  openSubjectKeys,
  type PatientIdForm,
  type SubjectKeys,
  shredCompletion,
  shredIntent,
} from '@chartseal/audit'
import { ChartsealError } from '@chartseal/core/errors'
import { attempt, openKeyValue } from '@chartseal/core/files'
import { toJsonText } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import { type CosignOptions, ed25519Signer, type LogWriter, openLogWriter } from '@chartseal/tlog'
import { fileStorage, nodeFolderSystem } from '@chartseal/tlog/fs'
import { auditFolderError } from '../errors.js'
import {
  type AuditFolderOptions,
  auditFolderPaths,
  describeAuditFolder,
  exists,
  isAuditFolder,
  type LogDescription,
  requireKeys,
} from './audit-folder.js'
import { cosignByHttp, createLogKey, readLogKey, writeNew } from './log-key.js'

export interface CreateAuditOptions extends AuditFolderOptions {
  /** The URL under which it is served, without its scheme. */
  readonly origin: string
  /** By default `plain`. */
  readonly patientIds?: PatientIdForm
}

/** Who must cosign, and a checkpoint that was kept elsewhere; the log remembers its witnesses. */
export type WriterExtras = Pick<CosignOptions, 'cosign' | 'policy' | 'dropPolicy'> & {
  readonly known?: string
  /** Told when the clock is behind the last entry; the log has an entry that says so in any case. */
  readonly onClockBack?: (behindMs: number) => void
}

/**
 * Makes both folders and all keys.
 * @throws ChartsealError `audit-folder/exists`, `audit-folder/keys-exist`, `note/malformed` for an invalid origin
 */
export async function createAuditFolder(
  options: CreateAuditOptions,
  extras: WriterExtras = {},
): Promise<LogDescription> {
  const { folder, origin, random, patientIds = 'plain' } = options
  if (await isAuditFolder(options)) throw auditFolderError('audit-folder/exists', { folder })
  const paths = auditFolderPaths(options)
  if (await exists(paths.signingKey)) throw auditFolderError('audit-folder/keys-exist', { keys: paths.keys })
  const verifierKey = await createLogKey(paths.signingKey, origin, random)
  for (const path of [folder, paths.subjects, paths.logKeys]) {
    await attempt('make', () => mkdir(path, { recursive: true, mode: 0o700 }), path)
  }
  const description = toJsonText({ origin, verifier_key: verifierKey, patient_ids: patientIds })
  await writeNew(paths.description, `${description}\n`, 0o644)
  const opened = await openAuditFolder(options, extras)
  await opened.close()
  return { origin, verifierKey, patientIds }
}

/** A log that this process writes. */
export interface AuditFolder {
  readonly origin: string
  readonly keys: SubjectKeys
  readonly writer: LogWriter<EntryRequest>
  /**
   * Refuses a request that `append` would refuse for what it says, and changes nothing.
   * @throws ChartsealError `audit/bad-record`, `audit/leaf-too-large`
   */
  check(request: EntryRequest): Promise<void>
  /**
   * Forgets a patient. The log has the decision before anything is destroyed, and that it was done afterwards; whatever is
   * interrupted in between is finished, and recorded, by the next opening for writing.
   * @throws ChartsealError `audit/no-subject-key`, `audit/shredded`, `audit/bad-record`, `audit-folder/shred-unrecorded`
   */
  shred(patient: string, actor: string): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a log and its keys for this process alone, and finishes a destruction that was interrupted.
 * @throws ChartsealError `audit-folder/missing`, `audit-folder/no-keys`, and what opening keys and log refuses
 */
export async function openAuditFolder(
  options: AuditFolderOptions,
  extras: WriterExtras = {},
): Promise<AuditFolder> {
  const { origin, patientIds } = await describeAuditFolder(options)
  await requireKeys(options)
  const open = await openParts(options, { origin, patientIds }, extras)
  const { keys, writer, close } = open
  try {
    await recordShredding(open, options.clock)
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return {
    origin,
    keys,
    writer,
    close,
    check: request => check(keys, request),
    shred: (patient, actor) => shred(open, options.clock, patient, actor),
  }
}

interface Parts {
  readonly keys: SubjectKeys
  readonly writer: LogWriter<EntryRequest>
  close(): Promise<void>
}

async function openParts(
  options: AuditFolderOptions,
  { origin, patientIds }: Pick<LogDescription, 'origin' | 'patientIds'>,
  extras: WriterExtras,
): Promise<Parts> {
  const paths = auditFolderPaths(options)
  const { clock, random, system = nodeFolderSystem } = options
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    const last = closing.pop()
    if (last === undefined) return
    try {
      await last()
    } finally {
      await close()
    }
  }
  try {
    const store = await openKeyValue(paths.subjects, { random, fileSystem: system })
    closing.push(() => store.close())
    const logKeys = await openKeyValue(paths.logKeys, { random, fileSystem: system })
    closing.push(() => logKeys.close())
    const keys = await openSubjectKeys({ store, logKeys, random, patientIds })
    closing.push(() => keys.close())
    const signingKey = await readLogKey(paths.signingKey)
    closing.push(() => signingKey.wipe())
    const codec = entryCodec({ origin, keys, random })
    const signer = ed25519Signer(origin, signingKey)
    const storage = fileStorage(paths.log, { random, system })
    const { onClockBack: told, ...cosigning } = extras
    const onClockBack = (behindMs: number, lastAtMs: number): EntryRequest => {
      told?.(behindMs)
      return clockBackEntry(behindMs, lastAtMs)
    }
    const parts = { storage, codec, origin, signer, clock, random }
    const writer = await openLogWriter({ ...parts, cosignBy: cosignByHttp, onClockBack, ...cosigning })
    closing.push(() => writer.close())
    return { keys, writer, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function check(keys: SubjectKeys, request: EntryRequest): Promise<void> {
  if ('line' in request) return
  checkEntry(request.record)
  await keys.check(request.record.patient)
}

async function shred(parts: Parts, clock: Clock, patient: string, actor: string): Promise<void> {
  const { keys, writer } = parts
  const decision = { actor, at: clock.nowMs() }
  await writer.append(shredIntent(await keys.entryOf(patient), decision))
  await keys.shred(patient, decision)
  try {
    await recordShredding(parts, clock)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw auditFolderError('audit-folder/shred-unrecorded', { code: error.code })
  }
}

/** The record of a destruction that was done. It has one id, so a second one is never made. */
async function recordShredding({ keys, writer }: Parts, clock: Clock): Promise<void> {
  const { unrecorded } = keys
  if (unrecorded === null) return
  try {
    await writer.append(shredCompletion(unrecorded, clock.nowMs()))
  } catch (error) {
    // Without a decision the record says when it was made, and an earlier attempt made it at another time.
    const isThere = error instanceof ChartsealError && error.code === 'log/request-conflict'
    if (unrecorded.decision !== null || !isThere) throw error
  }
  await keys.recorded()
}
