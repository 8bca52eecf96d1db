/** Devices and audit logs in folders (Node only). Byte tables: docs/spec/ring-folder.md, docs/spec/audit-v2.md. */
export {
  type AuditFolderOptions,
  type AuditPlace,
  auditFolderPaths,
  describeAuditFolder,
  isAuditFolder,
  type LogDescription,
} from './fs/audit-folder.js'
export {
  type AuditFolder,
  type CreateAuditOptions,
  createAuditFolder,
  openAuditFolder,
  type WriterExtras,
} from './fs/audit-writer.js'
export { headOf, readAuditKeys, readEntries } from './fs/read-audit.js'
export {
  changeDevice,
  createFolder,
  type DeviceFolder,
  type FolderOptions,
  isRingFolder,
  readDevice,
  type Step,
  withDeviceFolder,
} from './fs/ring-folder.js'
