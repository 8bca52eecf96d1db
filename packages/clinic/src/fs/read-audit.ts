/** Reads an own log with its keys, after the checkpoint and every entry were checked. */
import { type ScanResult, scanAll, scanSubject } from '@chartseal/audit'
import { decodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import {
  parseVerifierKey,
  readLeaves,
  type TileSource,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyError,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { type AuditPlace, auditFolderPaths, describeAuditFolder, openKeys } from './audit-folder.js'

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

/** Every entry of the published log, or those of one patient. */
export async function* readEntries(
  options: AuditPlace & { readonly random: Random },
  patient?: string,
): AsyncGenerator<ScanResult, void, undefined> {
  const { verifierKey, origin } = await describeAuditFolder(options)
  const source = folderSource(auditFolderPaths(options).log)
  const { head } = await headOf(source, { log: parseVerifierKey(verifierKey) })
  const open = await openKeys(options)
  try {
    const leaves = readLeaves(source, 0, head.size, head)
    if (patient === undefined) {
      const keys = await open.keys.all()
      try {
        yield* scanAll(keys, origin, leaves)
      } finally {
        for (const key of keys) key.wipe()
      }
      return
    }
    using key = await open.keys.keyOf(patient)
    for await (const result of scanSubject(key, origin, leaves)) {
      yield 'error' in result ? { kind: 'bad', ...result } : { kind: 'entry', ...result }
    }
  } finally {
    await open.close()
  }
}
