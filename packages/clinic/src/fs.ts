/** Devices and audit logs in folders (Node only). Byte tables: docs/spec/ring-folder.md, docs/spec/audit-v2.md. */
export {
  type AuditFolder,
  type AuditFolderOptions,
  type AuditPlace,
  auditFolderPaths,
  createAuditFolder,
  describeAuditFolder,
  isAuditFolder,
  type LogDescription,
  type OpenKeys,
  openAuditFolder,
  openKeys,
  type WriterExtras,
} from './fs/audit-folder.js'
export { headOf, readEntries } from './fs/read-audit.js'
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
