/** A small HTTP server for one command: it says where it listens, and ends with Ctrl-C. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Io } from './io.js'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export type Handler = (request: IncomingMessage, path: string) => Promise<Answered>

export interface ListenOptions {
  readonly host: string
  readonly port: number
}

const headersTimeoutMs = 10_000

/** Serves until it is interrupted. `ready` is told the URL. */
export async function serve(
  io: Io,
  { host, port }: ListenOptions,
  handle: Handler,
  ready: (url: string) => Promise<void>,
): Promise<void> {
  const timeouts = { headersTimeout: headersTimeoutMs, requestTimeout: headersTimeoutMs }
  const server = createServer(timeouts, (request, response) => {
    answerTo(request, handle)
      .then(({ status, headers, body }) => {
        response.writeHead(status, { 'x-content-type-options': 'nosniff', ...headers })
        response.end(request.method === 'HEAD' ? undefined : body)
      })
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  await ready(urlOf(server, host))
  await interrupted(io)
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
}

async function answerTo(request: IncomingMessage, handle: Handler): Promise<Answered> {
  const path = pathOf(request.url ?? '/')
  if (path === null) return { status: 400, headers: {}, body: 'bad request\n' }
  try {
    return await handle(request, path)
  } catch {
    return { status: 500, headers: {}, body: 'internal error\n' }
  }
}

/** `null` for a request target that is no path, such as `http://[`. */
function pathOf(target: string): string | null {
  try {
    return new URL(target, 'http://localhost').pathname
  } catch {
    return null
  }
}

function urlOf(server: Server, host: string): string {
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function interrupted(io: Io): Promise<void> {
  return new Promise(resolve => {
    const done = io.onInterrupt?.(() => {
      done?.()
      resolve()
    })
  })
}

/** The body as text; `null` when it is longer than that. */
export async function bodyOf(request: IncomingMessage, limitBytes: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > limitBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
