import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the commands for copies of a clinic refuse. */
export interface BackupErrors {
  /** The folder holds no backup, or a part of one. */
  'backup/missing': { folder: string }
  'backup/damaged': { file: string; reason: string }
  'backup/other-key': { folder: string; key: string }
  'backup/exists': { folder: string }
}

export const backupError: ErrorFactory<BackupErrors> = defineErrors<BackupErrors>({
  'backup/missing': '{folder} holds no finished backup: its manifest is not there.',
  'backup/other-key':
    'The key in {key} has not signed the backup {folder}. Give the signing.key of its clinic, or another backup.',
  'backup/damaged': 'The file {file} of the backup is not as it was written: {reason}.',
  'backup/exists': '{folder} is there already.',
})

/** What would let two histories of one log come about, or lose one. */
export interface RestoreErrors {
  'restore/not-empty': { folder: string }
  /** Sizes are numbers of entries; `source` is who has seen the newer checkpoint. */
  'restore/log-behind': { size: number; newest: number; source: string }
  /** Under one key two histories: somebody has to look. */
  'restore/log-diverged': { size: number; source: string }
  /** So many of the witnesses are silent that they may have seen a newer one. */
  'restore/witnesses-silent': { names: readonly string[] }
  /** So many of the log's signers are silent that they may have signed a newer one. */
  'restore/signers-silent': { names: readonly string[] }
  /** Nobody can say whether the log went on after the backup. */
  'restore/unwitnessed': Record<never, never>
  'restore/log-behind-store': { size: number; needed: number }
  /** Numbers of blocks. */
  'restore/ledger-behind': { blocks: number; needed: number }
  'restore/ledger-diverged': Record<never, never>
}

export const restoreError: ErrorFactory<RestoreErrors> = defineErrors<RestoreErrors>({
  'restore/not-empty': '{folder} holds something already. Move it away, and keep it: its log may be needed.',
  'restore/log-behind':
    'The log of this backup has {size} entries, and {source} has seen {newest}. Signing now would make a second history ' +
    'that nobody believes. Give the newer log with --log (the old data folder, or a URL), or begin a new one with ' +
    '--new-log ORIGIN --reason TEXT.',
  'restore/log-diverged':
    'The log of {source} is another one at {size} entries, under the same key. Nothing was restored: keep both, and ' +
    'find out who else has the key.',
  'restore/witnesses-silent':
    'Too few witnesses answer to know the newest checkpoint: {names}. Try again when they do, or begin a new log with ' +
    '--new-log ORIGIN --reason TEXT.',
  'restore/signers-silent':
    'Too few signers of the log answer to know the newest checkpoint: {names}. Let their officers start them, correct their ' +
    'addresses in the file of --key, or begin a new log with --new-log ORIGIN --reason TEXT.',
  'restore/unwitnessed':
    'This log has no witnesses, so the backup alone cannot say whether it went on. Give the old log with --log, a newer ' +
    'checkpoint that somebody kept with --known FILE, or begin a new log with --new-log ORIGIN --reason TEXT.',
  'restore/log-behind-store':
    'The store names the entry {needed} of the log, which has {size}. Give the newer log with --log.',
  'restore/ledger-behind':
    'The prescription ledger has {blocks} blocks, and the log names {needed}. Sealing now would make a second history of ' +
    'what was dispensed. Give the old data folder with --log, or begin a new log, and a new ledger with it, with ' +
    '--new-log ORIGIN --reason TEXT.',
  'restore/ledger-diverged':
    'The prescription ledgers of the backup and of the folder of --log are two histories under one key. Nothing was ' +
    'restored: keep both, and find out who else has the key.',
})

export interface MoveErrors {
  'move/incomplete': { table: string; rows: number; copied: number }
}

export const moveError: ErrorFactory<MoveErrors> = defineErrors<MoveErrors>({
  'move/incomplete':
    'The table {table} has {rows} rows and {copied} were copied: somebody writes to the store. Stop that one, empty the ' +
    'target and begin again. The old store is as it was.',
})

export interface EndDeviceErrors {
  'end-device/waiting': { kid: string }
}

export const endDeviceError: ErrorFactory<EndDeviceErrors> = defineErrors<EndDeviceErrors>({
  'end-device/waiting':
    'The server has not ended {kid} within a minute: its log takes nothing, or it hangs. It does so once it can; look at ' +
    'what it writes, or stop it and ask again.',
})

/** What the commands of the ledger refuse. */
export interface LedgerCommandErrors {
  'ledger-command/file': { file: string; expected: string }
  'ledger-command/other-id': { expected: string; actual: string }
  /** The server that was asked; `code` as it answered, or why it did not. */
  'ledger-command/answer': { at: string; code: string }
  'ledger-command/not-registrar': { kid: string }
  'ledger-command/nothing': Record<never, never>
  'ledger-command/other-ledger': { ledger: string }
}

export const ledgerCommandError: ErrorFactory<LedgerCommandErrors> = defineErrors<LedgerCommandErrors>({
  'ledger-command/file': 'The file {file} must be {expected}.',
  'ledger-command/other-id':
    'The ledger must have the id {expected}, and this one has {actual}. Nothing was done.',
  'ledger-command/answer': 'The server at {at} answered {code}.',
  'ledger-command/not-registrar':
    'The key registrar.key of this clinic ({kid}) must be that of a registrar in force. Let those who are propose it: ledger roster propose --add FILE.',
  'ledger-command/nothing': 'The roster must change: everybody is as they should be.',
  'ledger-command/other-ledger':
    'The change of the roster must be one of the ledger here. It is of {ledger}.',
})
