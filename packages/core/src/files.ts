/**
 * Durable files (Node only): an append-only log, values under names, atomic replacement and an exclusive
 * lock. Byte table and promises: docs/spec/append-log.md.
 */
export type { FileLog, Recovered } from './files/disk-log.js'
export { codeOf as systemCodeOf, type FilesErrors, filesError } from './files/errors.js'
export { attempt, type FileSystem, nodeFileSystem, type OpenFile, writeFully } from './files/file-system.js'
export { type FileKeyValue, type OpenKeyValueOptions, openKeyValue } from './files/key-value.js'
export { type FileLock, type LockOptions, lockFile } from './files/lock.js'
export { type OpenLogOptions, openLog } from './files/log.js'
export { type ReplaceOptions, replaceFile } from './files/replace.js'
