/**
 * Durable files (Node only): an append-only log, values under names, atomic replacement and an exclusive
 * lock. Byte table and promises: docs/spec/append-log.md.
 */
export type { FileLog, Recovered } from './files/disk-log.js'
export { codeOf as systemCodeOf, type FilesErrors, filesError, type Place } from './files/errors.js'
export {
  attempt,
  type FileStatus,
  type FileSystem,
  nodeFileSystem,
  type OpenFile,
  writeFully,
} from './files/file-system.js'
export { type FileKeyValue, type OpenKeyValueOptions, openKeyValue, readKeyValue } from './files/key-value.js'
export { type FileLock, type LockOptions, type LockTimer, lockFile, systemLockTimer } from './files/lock.js'
export {
  type LogSnapshot,
  type OpenLogOptions,
  openLog,
  type ReadLogOptions,
  readLog,
} from './files/log.js'
export { lentPieces, writeGathered } from './files/pieces.js'
export { type Processes, type ProcessIdentity, systemProcesses } from './files/processes.js'
export { type ReplaceOptions, removeTemporaries, replaceFile } from './files/replace.js'
export { type ClaimOptions, type LockClaim, readClaims, removeClaim } from './files/unlock.js'
