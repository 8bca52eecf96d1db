/** Audit logs in folders (Node only). Table: docs/spec/audit-v2.md. */
export {
  type AuditFolderOptions,
  type AuditPlace,
  auditFolderPaths,
  describeAuditFolder,
  isAuditFolder,
  type LogDescription,
} from './audit-folder.js'
export {
  type AuditFolder,
  type CreateAuditOptions,
  createAuditFolder,
  openAuditFolder,
  type WriterExtras,
} from './audit-writer.js'
export { headOf, readAuditKeys, readEntries } from './read-audit.js'
