import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What workflows refuse beside what the packages do. */
export interface ClinicErrors {
  'ring/no-folder': { folder: string }
  'ring/exists': { folder: string }
  'ring/damaged': { file: string; reason: string }
  /** Another process has held the folder for longer than this one waits. */
  'ring/busy': { seconds: number }
  /** Nobody is paired with yet. */
  'ring/not-paired': Record<never, never>
  /** Somebody is paired with already: a folder holds one pair. */
  'ring/paired': Record<never, never>
  'pairing/nothing-begun': { side: 'show' | 'accept' }
  'pairing/digits-differ': Record<never, never>
  'pairing/no-qr': Record<never, never>
  'pairing/malformed': { expected: string }
  'thread/replayed': Record<never, never>
  'thread/too-old': Record<never, never>
  /** A message of the other version than was asked for. */
  'thread/other-version': { hint: string }
}

export const clinicError: ErrorFactory<ClinicErrors> = defineErrors<ClinicErrors>({
  'ring/no-folder': '{folder} holds no ring. Make one: chartseal ring create {folder}',
  'ring/exists': '{folder} holds a ring already.',
  'ring/damaged': 'The file {file} of the ring cannot be read: {reason}',
  'ring/busy': 'Another process has held the ring for {seconds} seconds.',
  'ring/not-paired': 'Nobody is paired with yet. See: chartseal pair --help',
  'ring/paired': 'This folder is paired already. Each pair needs a folder of its own.',
  'pairing/nothing-begun': 'No pairing was begun here with: chartseal pair {side}',
  'pairing/digits-differ': 'The digits differ: somebody may be in between. This pairing is void.',
  'pairing/no-qr': 'There is no QR code in the image that can be read.',
  'pairing/malformed': 'Not a text that starts with {expected}',
  'thread/replayed': 'This message was opened before.',
  'thread/too-old': 'This message is older than the last 1,024 of its key: it may have been opened before.',
  'thread/other-version': 'This is a message of the other version. {hint}',
})

/** What a folder with an audit log refuses. */
export interface AuditFolderErrors {
  'audit-folder/missing': { folder: string }
  'audit-folder/exists': { folder: string }
}

export const auditFolderError: ErrorFactory<AuditFolderErrors> = defineErrors<AuditFolderErrors>({
  'audit-folder/missing': '{folder} holds no audit log. Make one: chartseal audit init --origin NAME FOLDER',
  'audit-folder/exists': '{folder} holds an audit log already.',
})
