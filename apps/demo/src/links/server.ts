/** A server of SMART Health Links on the loopback: it carries requests to the rules and answers back. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  answerShl,
  type MemoryShlStore,
  maxManifestRequestBytes,
  memoryShlStore,
  type ShlRequest,
} from '@chartseal/ipfs-envelope/shl'
import type { Io } from '../io.js'

export interface LinkServer {
  /** What the URLs of its links begin with. */
  readonly baseUrl: string
  readonly store: MemoryShlStore
  stop(): Promise<void>
}

const path = '/shl'

export async function startLinkServer({ clock, random }: Pick<Io, 'clock' | 'random'>): Promise<LinkServer> {
  const store = memoryShlStore()
  let baseUrl = ''
  const server = createServer((request, response) => {
    const url = (id: string): string => `${baseUrl}/${id}`
    const answer = async (): Promise<void> => {
      const { status, headers, body } = await answerShl(
        { store, nowMs: clock.nowMs(), random, url },
        await requestOf(request),
      )
      response.writeHead(status, headers).end(body)
    }
    answer().catch(() => fail(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  baseUrl = `http://127.0.0.1:${portOf(server.address())}${path}`
  return {
    baseUrl,
    store,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('internal: a server on the loopback has a port')
}

function fail(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(500)
  response.end()
}

async function requestOf(request: IncomingMessage): Promise<ShlRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const [linkId = '', kind, ticket] = pathname.slice(path.length + 1).split('/')
  return {
    method: request.method ?? '',
    linkId,
    ticket: kind === 'files' ? (ticket ?? '') : null,
    recipient: searchParams.get('recipient'),
    body: await bodyOf(request),
  }
}

/** `null` for more than a request has. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxManifestRequestBytes) chunks.push(chunk)
  }
  return size > maxManifestRequestBytes ? null : Buffer.concat(chunks).toString('utf8')
}
