/** Files that one process at a time changes, and that are read whole (Node only). */
import { ChartsealError } from '@chartseal/core/errors'
import { attempt, type FileLock, type FileSystem, type FilesErrors, lockFile } from '@chartseal/core/files'

/** Who has it is in the context. */
export type Locked = ChartsealError<'files/locked', FilesErrors['files/locked']>

export function isLocked(error: unknown): error is Locked {
  return error instanceof ChartsealError && error.code === 'files/locked'
}

/** @param inUse what is thrown while another process has it @throws ChartsealError `files/failed` */
export async function lockWhole(
  path: string,
  fileSystem: FileSystem,
  inUse: (holder: { readonly host: string; readonly pid: number }) => ChartsealError,
): Promise<FileLock> {
  try {
    return await lockFile(path, { fileSystem })
  } catch (error) {
    if (!isLocked(error)) throw error
    const { host, pid } = error.context
    throw inUse({ host, pid })
  }
}

/** `null` where there is no such file. @throws ChartsealError `files/failed` */
export function readWhole(fileSystem: FileSystem, path: string): Promise<Uint8Array | null> {
  return attempt('read', () => readThere(fileSystem, path), path)
}

async function readThere(fileSystem: FileSystem, path: string): Promise<Uint8Array | null> {
  const file = await fileSystem.open(path, 'read', 0).catch(absent)
  if (file === null) return null
  try {
    const bytes = new Uint8Array(await file.sizeBytes())
    for (let done = 0; done < bytes.length; ) {
      const count = await file.read(bytes.subarray(done), done)
      if (count === 0) throw new Error(`${path} became shorter while it was read`)
      done += count
    }
    return bytes
  } finally {
    await file.close()
  }
}

function absent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
