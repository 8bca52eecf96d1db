/**
 * Entries of the audit log, version 2: records, their sealed and erasable leaves, and the keys of patients. Byte
 * tables: docs/spec/audit-entry.md.
 */
export { openLeaf, type Place, SubjectKey } from './v2/body.js'
export {
  decodeLeaf,
  encodeLeaf,
  type ImportedLeaf,
  type Leaf,
  maxLeafBytes,
  type SealedLeaf,
} from './v2/entry.js'
export { type EntryCodecOptions, type EntryRequest, entryCodec } from './v2/entry-codec.js'
export { type EntryErrors, entryError } from './v2/entry-errors.js'
export { importedLines, importRecord } from './v2/import-record.js'
export type { LeafCodec } from './v2/leaf-codec.js'
export { type PurposeOfUse, purposesOfUse } from './v2/purpose-of-use.js'
export {
  type AuditAction,
  type AuditDetail,
  type AuditOutcome,
  type AuditRecord,
  actions,
  checkRecord,
  type Digest,
  type Imported,
  outcomes,
  type Party,
} from './v2/record.js'
export { decodeRecord, encodeRecord } from './v2/record-cbor.js'
export { type FoundEntry, type ScanResult, type SubjectResult, scanAll, scanSubject } from './v2/scan.js'
export {
  type LoadedKey,
  openSubjectKeys,
  type SubjectKeys,
  type SubjectKeysOptions,
} from './v2/subject-keys.js'
