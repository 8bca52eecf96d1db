import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a folder with an audit log refuses beside what the package does. */
export interface AuditFolderErrors {
  /** A line that is no record; nothing after it was appended. */
  'audit/bad-line': { line: number; reason: string }
}

export const auditFolderError: ErrorFactory<AuditFolderErrors> = defineErrors<AuditFolderErrors>({
  'audit/bad-line': 'Line {line} is not a record: {reason} The lines before it are in the log.',
})
