/**
 * The MedCrypt audit log, bit for bit: each entry is sealed for itself. Byte table and weaknesses:
 * docs/spec/audit-v1.md.
 */

export { type AuditEntry, type AuditEvent, entryAt } from './v1/body.js'
export { type AuditErrors, auditError } from './v1/errors.js'
export { type Appended, type AuditLog, type AuditLogOptions, auditLog } from './v1/log.js'
export { openEntry, type ReadOptions, type ReadResult, readAll, sealEntry } from './v1/record.js'
