import { type ChartsealError, defineErrors, type ErrorFactory } from '../errors.js'

/** Offsets count bytes from the start of the file, indexes count records from 0. */
export interface FilesErrors {
  /** The file does not start with an intact log header. */
  'files/not-a-log': { path: string }
  'files/unsupported-version': { path: string; version: number }
  /** A log of another format. */
  'files/wrong-kind': { path: string; expected: string; actual: string }
  /** Damage that a crash while writing cannot explain: nothing is cut, somebody has to look. */
  'files/corrupt-record': { index: number; offset: number }
  /** What the operating system refused, by its own code (ENOSPC, EIO, ENOENT, …). */
  'files/failed': { operation: string; systemCode: string }
  /** A write or fsync failed earlier; what the disk holds is known again after reopening. */
  'files/poisoned': Record<never, never>
  /** Held by a living process, or by one on another host, which cannot be judged from here. */
  'files/locked': { path: string; host: string; pid: number }
}

export const filesError: ErrorFactory<FilesErrors> = defineErrors<FilesErrors>({
  'files/not-a-log': '{path} does not start with an intact log header.',
  'files/unsupported-version': '{path} is a log of version {version}, which is not known here.',
  'files/wrong-kind': '{path} is a log of {actual}, not of {expected}.',
  'files/corrupt-record': 'Record {index} at byte {offset} is damaged, and not by an interrupted write.',
  'files/failed': 'The file system refused: {operation} ({systemCode}).',
  'files/poisoned': 'An earlier write failed; close and open again.',
  'files/locked': '{path} is locked by process {pid} on {host}.',
})

/** `files/failed` for what a file system operation threw. */
export function refused(operation: string, cause: unknown): ChartsealError {
  const code = codeOf(cause)
  return filesError('files/failed', { operation, systemCode: code ?? 'unknown' })
}

/** The code of a system error such as `ENOENT`. */
export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
