import type { IncomingMessage } from 'node:http'
import { quoted } from '@chartseal/core/text'
import {
  answerShl,
  type LinkAccess,
  maxManifestRequestBytes,
  type ShlRequest,
  type ShlServer,
} from '@chartseal/ipfs-envelope/shl'
import type { Command } from 'commander'
import { describeCommand } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { pathOf } from '../../io/files.js'
import { type Answered, bodyOf, type ListenOptions, serve, withListen } from '../../io/http.js'
import { type Io, writeLine } from '../../io/io.js'
import { readBaseUrl } from '../../io/link-folder.js'
import { type LinkStore, openLinkStore } from '../../io/link-store.js'

export function serveCommand(io: Io): Command {
  const command = describeCommand(
    'serve',
    'Answer for the links of a folder over HTTP; for the outside, behind a proxy with a certificate',
    'chartseal shl serve links --port 8787',
  )
  return withListen(command, 8787)
    .argument('<folder>', 'made by chartseal shl create')
    .action((folder: string, options: ListenOptions) => serveFolder(io, folder, options))
}

async function serveFolder(io: Io, folder: string, options: ListenOptions): Promise<void> {
  const root = pathOf(io, folder)
  const baseUrl = await readBaseUrl(root)
  if (baseUrl === null)
    throw new UsageError(`there are no links in ${folder}: make one with chartseal shl create`)
  const store = await openLinkStore(root, () => io.clock.nowMs())
  try {
    const ready = (url: string): Promise<void> =>
      writeLine(io.stdout, `Serving ${folder} at ${url}, as ${baseUrl}`)
    await serve(io, options, handlerOf(io, baseUrl, store), ready)
  } finally {
    await store.close()
  }
}

function handlerOf(io: Io, baseUrl: string, store: LinkStore) {
  const basePath = new URL(baseUrl).pathname.replace(/\/$/, '')
  const told = tellingStore(io, store)
  return async (request: IncomingMessage, path: string): Promise<Answered> => {
    const asked = path.startsWith(`${basePath}/`)
      ? await requestOf(request, path.slice(basePath.length + 1))
      : null
    if (asked === null) return { status: 404, headers: { 'cache-control': 'no-store' }, body: 'not found\n' }
    const { clock, random } = io
    const server: ShlServer = { store: told, nowMs: clock.nowMs(), random, url: id => `${baseUrl}/${id}` }
    return answerShl(server, asked)
  }
}

/** `null` for another path. */
async function requestOf(request: IncomingMessage, path: string): Promise<ShlRequest | null> {
  const [, linkId = '', ticket = null] = /^([^/]+)(?:\/files\/([^/]+))?$/.exec(path) ?? []
  if (linkId === '') return null
  const { method = 'GET', url = '/' } = request
  const recipient = new URL(url, 'http://localhost').searchParams.get('recipient')
  const body = method === 'POST' ? await bodyOf(request, maxManifestRequestBytes) : ''
  return { method, linkId, ticket, recipient, body }
}

/** The same store, and a line for each access once it is in the log. */
function tellingStore(io: Io, store: LinkStore): ShlServer['store'] {
  return {
    link: id => store.link(id),
    file: (id, index) => store.file(id, index),
    countWrongPasscode: (id, seen, next) => store.countWrongPasscode(id, seen, next),
    putTicket: ticket => store.putTicket(ticket),
    takeTicket: (id, ticket) => store.takeTicket(id, ticket),
    async recordAccess(access) {
      await store.recordAccess(access)
      await writeLine(io.stdout, accessLine(access))
    },
  }
}

const words: Readonly<Record<LinkAccess['kind'], string>> = {
  manifest: 'the list of files, to',
  direct: 'the file, to',
  file: 'a file, to',
  'wrong-passcode': 'wrong passcode, from',
}

/** The id is half of what opens a link: eight characters of it tell links apart. */
export function accessLine({ linkId, atMs, kind, recipient }: LinkAccess): string {
  return `${new Date(atMs).toISOString()}  ${linkId.slice(0, 8)}  ${words[kind]} ${quoted(recipient)}`
}
