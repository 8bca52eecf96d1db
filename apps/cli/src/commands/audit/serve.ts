import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { auditFolderPaths, describeAuditFolder } from '@chartseal/clinic/fs/audit'
import type { Command } from 'commander'
import { describeCommand } from '../../io/command.js'
import { type Answered, serve, withListen } from '../../io/http.js'
import { type Io, writeLine } from '../../io/io.js'
import { placeOf } from './options.js'

interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly withEntries?: boolean
}

/** C2SP tlog-tiles: a full tile never changes, nor does a partial one; the checkpoint does. */
const forever = 'public, max-age=31536000, immutable'
const tilePattern = /^\/tile\/(entries|[0-9]{1,2})\/(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,2})?$/

export function serveCommand(io: Io): Command {
  const command = describeCommand(
    'serve',
    'Serve checkpoint and hash tiles over HTTP, for those who verify; any static web server can do it, too',
    'chartseal audit serve audit --port 8080',
  )
  return withListen(command, 8080)
    .option(
      '--with-entries',
      'also the sealed entries, which deep verification needs: their times and sizes become public',
    )
    .argument('<folder>')
    .action(async (folder: string, options: ServeOptions) => {
      await describeAuditFolder(placeOf(io, folder))
      const { log } = auditFolderPaths(placeOf(io, folder))
      const handle = async (
        request: { readonly method?: string | undefined },
        path: string,
      ): Promise<Answered> => {
        if (request.method !== 'GET' && request.method !== 'HEAD') return refused(405)
        const found = pathOf(path, options.withEntries === true)
        const file = found === null ? null : await openFile(join(log, found))
        return file === null ? refused(404) : answerOf(file, headersOf(path))
      }
      await serve(io, options, handle, url => writeLine(io.stdout, `Serving ${folder} at ${url}`))
    })
}

interface OpenFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
}

async function openFile(path: string): Promise<OpenFile | null> {
  const handle = await open(path).catch(() => null)
  const found = await handle?.stat()
  if (handle !== null && found?.isFile() === true) return { handle, sizeBytes: found.size }
  await handle?.close()
  return null
}

// The size is of the moment of opening: a checkpoint that is replaced meanwhile is another file.
function answerOf({ handle, sizeBytes }: OpenFile, headers: Answered['headers']): Answered {
  const body = handle.createReadStream({ start: 0, end: Math.max(0, sizeBytes - 1) })
  return { status: 200, headers: { ...headers, 'content-length': `${sizeBytes}` }, body }
}

function pathOf(path: string, withEntries: boolean): string | null {
  if (path === '/checkpoint') return 'checkpoint'
  const kind = tilePattern.exec(path)?.[1]
  return kind === undefined || (kind === 'entries' && !withEntries) ? null : path.slice(1)
}

function headersOf(path: string): Answered['headers'] {
  const common = { 'access-control-allow-origin': '*' }
  return path === '/checkpoint'
    ? { ...common, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' }
    : { ...common, 'content-type': 'application/octet-stream', 'cache-control': forever }
}

function refused(status: 404 | 405): Answered {
  const body = status === 404 ? 'not found\n' : 'method not allowed\n'
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body,
  }
}
