/**
 * The audit log to use: version 2, sealed and erasable entries of a transparency log, and receipts of them. The log
 * itself is `@chartseal/tlog`. Byte tables: docs/spec/audit-entry.md.
 */
export { type LeafPosition, openLeaf, SubjectKey } from './body.js'
export { clockBackEntry } from './clock-record.js'
export {
  decodeLeaf,
  encodeLeaf,
  type ImportedLeaf,
  type Leaf,
  maxLeafBytes,
  type SealedLeaf,
} from './entry.js'
export { checkEntry, type EntryCodecOptions, type EntryRequest, entryCodec } from './entry-codec.js'
export {
  type EntryErrors,
  type EntryFindings,
  entryError,
  entryFinding,
} from './errors.js'
export {
  decodeImportNotice,
  encodeImportNotice,
  type ImportNotice,
  importedLines,
  importNotice,
  importRecord,
} from './import.js'
export { type LeafHead, readLeafHead } from './leaf-head.js'
export { auditLeafRules } from './leaf-rules.js'
export type { LoadedKey } from './loaded-keys.js'
export type { Pending, ShredDecision } from './log-keys.js'
export { canonicalPatientId, type PatientIdForm, patientIdForms } from './patient-id.js'
export { type PurposeOfUse, purposesOfUse } from './purpose-of-use.js'
export { readSubjectKeys, type SubjectKeyReader, type SubjectKeyReaderOptions } from './read-subject-keys.js'
export { openReceipt, type Receipt, type ReceiptOptions, receipt } from './receipt.js'
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
} from './record.js'
export { decodeRecord, encodeRecord } from './record-cbor.js'
export { type ParsedLine, parseRecordLine, type RecordFields, recordFields } from './record-json.js'
export { type FoundEntry, type ScanResult, type SubjectResult, scanAll, scanSubject } from './scan.js'
export { type ShredEntry, shredCompletion, shredIntent } from './shred-record.js'
export {
  openSubjectKeys,
  type SubjectKeys,
  type SubjectKeysOptions,
} from './subject-keys.js'
