import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a folder with an audit log refuses beside what the package does. */
export interface AuditFolderErrors {
  'audit/no-folder': { folder: string }
  'audit/folder-exists': { folder: string }
  /** A line that is no record; nothing after it was appended. */
  'audit/bad-line': { line: number; reason: string }
}

export const auditFolderError: ErrorFactory<AuditFolderErrors> = defineErrors<AuditFolderErrors>({
  'audit/no-folder': '{folder} holds no audit log. Make one: chartseal audit init {folder}',
  'audit/folder-exists': '{folder} holds an audit log already.',
  'audit/bad-line': 'Line {line} is not a record: {reason} The lines before it are in the log.',
})
