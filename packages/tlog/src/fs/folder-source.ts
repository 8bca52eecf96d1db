/** A log in a folder. Node.js only. */
import { constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { maxFileBytes, type TileSource } from '../reader/source.js'
import { verifyError } from '../verify-errors.js'

/** Reads the files of a log in `folder`; whatever is not a regular file is refused. */
export function folderSource(folder: string): TileSource {
  return {
    async read(path) {
      try {
        // A pipe in the place of a file must not make the verifier wait.
        const handle = await open(join(folder, path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
        return await contentOf(handle).finally(() => handle.close())
      } catch (error) {
        if (isMissing(error)) return null
        throw verifyError('verify/unreadable', { path, reason: reasonOf(error) })
      }
    },
  }
}

async function contentOf(handle: FileHandle): Promise<Uint8Array> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw new Error('it is not a file')
  if (stat.size > maxFileBytes) throw new Error(`it has more than ${maxFileBytes} bytes`)
  const bytes = new Uint8Array(stat.size)
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.slice(0, done)
}

/** A system's message would name the folder: only its code is told. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be opened'
  return 'code' in error ? `${error.code}` : error.message
}

/** ENOTDIR: a file stands where a folder would be. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
