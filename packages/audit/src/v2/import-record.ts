/** Taking over a log that proves nothing about itself. */
import { sha256 } from '@noble/hashes/sha2.js'
import type { AuditRecord, Imported } from './record.js'

const lineFeed = Uint8Array.of(10)

/** What the record of an import says of these lines, each of which becomes an opaque leaf. */
export function importedLines(format: string, lines: Iterable<Uint8Array>): Imported {
  const digest = sha256.create()
  let records = 0
  for (const line of lines) {
    digest.update(line).update(lineFeed)
    records++
  }
  return { format, records, sha256: digest.digest() }
}

/**
 * The record that follows the imported leaves: what was taken over, and that nothing proves that it was complete or
 * unchanged before.
 */
export function importRecord(
  when: { readonly at: number; readonly actor: string; readonly source: string },
  imported: Imported,
): AuditRecord {
  const { at, actor, source } = when
  return {
    ...{ at, actor, source, action: 'import', patient: null, outcome: 'success' },
    purposeOfUse: ['RECORDMGT'],
    detail: { text: 'Completeness and integrity before this import cannot be proven.', imported },
  }
}
