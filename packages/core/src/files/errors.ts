import { type ChartsealError, defineErrors, type ErrorFactory } from '../errors.js'

/** Where the process of a claim is, seen from this one. Only one in the `same-space` is judged by its pid. */
export type Place = 'same-space' | 'other-container' | 'earlier-boot' | 'other-machine' | 'revoked'

/** Offsets count bytes from the start of the file, indexes count records from 0. */
export interface FilesErrors {
  /** The file does not start with an intact log header. */
  'files/not-a-log': { path: string }
  'files/unsupported-version': { path: string; version: number }
  /** A log of another format. */
  'files/wrong-kind': { path: string; expected: string; actual: string }
  /** Damage that a crash while writing cannot explain: nothing is cut, somebody has to look. */
  'files/corrupt-record': { path: string; index: number; offset: number }
  /** What the operating system refused, by its own code (ENOSPC, EIO, ENOENT, EACCES, …). */
  'files/failed': { operation: string; path: string; systemCode: string }
  /** A write or fsync failed earlier; what the disk holds is known again after reopening. */
  'files/poisoned': Record<never, never>
  /** Held by a process that is alive, or that cannot be judged from here. `silentMs`: since its last sign of life. */
  'files/locked': { path: string; host: string; pid: number; place: Place; silentMs: number }
  /** Another process took the lock over; nothing more may be written under it. */
  'files/lock-lost': { path: string }
}

export const filesError: ErrorFactory<FilesErrors> = defineErrors<FilesErrors>({
  'files/not-a-log': '{path} does not start with an intact log header.',
  'files/unsupported-version': '{path} is a log of version {version}, which this program cannot read.',
  'files/wrong-kind': '{path} is a log of {actual}, not of {expected}.',
  'files/corrupt-record':
    'Record {index} of {path}, at byte {offset}, is damaged, and not by an interrupted write.',
  'files/failed': 'The file system refused: {operation} {path} ({systemCode}).',
  'files/poisoned': 'An earlier write failed; close and open again.',
  'files/locked': '{path} is locked by process {pid} on {host} ({place}), last seen {silentMs} ms ago.',
  'files/lock-lost': 'The lock of {path} was taken over by another process, so nothing more is written.',
})

/** `files/failed` for what a file system operation threw. */
export function refused(operation: string, cause: unknown, path?: string): ChartsealError {
  const systemCode = codeOf(cause) ?? 'unknown'
  return filesError('files/failed', { operation, path: path ?? pathOf(cause) ?? 'a file', systemCode })
}

/** The code of a system error such as `ENOENT`. */
export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}

/** Node names the file in what it throws, unless the call was about an open one. */
function pathOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'path' in cause && typeof cause.path === 'string' ? cause.path : undefined
}
