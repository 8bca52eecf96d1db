/** Reads an own log with its keys, after the checkpoint and every entry were checked. */
import {
  readSubjectKeys,
  type ScanResult,
  type SubjectKey,
  type SubjectKeyReader,
  scanAll,
  scanSubject,
} from '@chartseal/audit'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { readKeyValue } from '@chartseal/core/files'
import {
  parseVerifierKey,
  readLeaves,
  type TileSource,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyError,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { type AuditPlace, auditFolderPaths, describeAuditFolder, requireKeys } from './audit-folder.js'

/** The signed head of a log. @throws ChartsealError `verify/no-checkpoint`, and what `verifyCheckpoint` refuses */
export async function headOf(
  source: TileSource,
  trust: Parameters<typeof verifyCheckpoint>[1],
): Promise<{ readonly note: string; readonly head: VerifiedCheckpoint }> {
  const bytes = await source.read('checkpoint')
  if (bytes === null) throw verifyError('verify/no-checkpoint', {})
  const note = decodeUtf8(bytes)
  return { note, head: verifyCheckpoint(note, trust) }
}

/**
 * The keys of patients, for reading: without a lock, from read-only media, too.
 * @throws ChartsealError `audit-folder/missing`, `audit-folder/no-keys`, `files/failed`
 */
export async function readAuditKeys(place: AuditPlace): Promise<SubjectKeyReader> {
  const { patientIds } = await describeAuditFolder(place)
  await requireKeys(place)
  const { subjects, logKeys } = auditFolderPaths(place)
  const store = await readKeyValue(subjects)
  return readSubjectKeys({ store, logKeys: await readKeyValue(logKeys), patientIds })
}

/** Every entry of the published log, or those of one patient. */
export async function* readEntries(
  place: AuditPlace,
  patient?: string,
): AsyncGenerator<ScanResult, void, undefined> {
  const { verifierKey, origin } = await describeAuditFolder(place)
  const reader = await readAuditKeys(place)
  const source = folderSource(auditFolderPaths(place).log)
  const { head } = await headOf(source, { log: parseVerifierKey(verifierKey) })
  const leaves = readLeaves(source, 0, head.size, head)
  if (patient !== undefined) {
    using key = await reader.keyOf(patient)
    yield* entriesUnder(key, origin, leaves)
    return
  }
  const keys = await reader.all()
  try {
    yield* scanAll(keys, origin, leaves)
  } finally {
    for (const key of keys) key.wipe()
  }
}

async function* entriesUnder(
  key: SubjectKey,
  origin: string,
  leaves: AsyncIterable<Uint8Array>,
): AsyncGenerator<ScanResult, void, undefined> {
  for await (const result of scanSubject(key, origin, leaves)) {
    yield 'error' in result ? { kind: 'bad', ...result } : { kind: 'entry', ...result }
  }
}
