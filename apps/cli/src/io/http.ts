/** A small HTTP server for one command: it says where it listens, and ends with Ctrl-C. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseCount } from './command.js'
import type { Io } from './io.js'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A stream is read as fast as the client takes it. */
  readonly body: string | Uint8Array | Readable
}

export type Handler = (request: IncomingMessage, path: string) => Promise<Answered>

export interface ListenOptions {
  readonly host: string
  readonly port: number
}

/** `--host` and `--port` of every command that listens. */
export function withListen(command: Command, port: number): Command {
  return command
    .option('--host <address>', 'the address to listen on', parseAddress, '127.0.0.1')
    .addOption(
      new Option('--port <number>', 'the port to listen on; 0 picks any')
        .argParser(parseCount(0, 65_535))
        .default(port),
    )
}

function parseAddress(text: string): string {
  if (isIP(text) === 0 && text !== 'localhost') throw new InvalidArgumentError('It must be an IP address.')
  return text
}

const headersTimeoutMs = 10_000
/** A client that reads nothing for so long is dropped: what it was sent waits in memory. */
const stalledMs = 20_000
const mostConnections = 64

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
      .then(answered => send(request, response, answered))
      .catch(() => response.destroy())
  })
  server.maxConnections = mostConnections
  server.on('connection', (socket: Socket) => {
    socket.setTimeout(stalledMs, () => socket.destroy())
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

async function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answered,
): Promise<void> {
  response.writeHead(status, { 'x-content-type-options': 'nosniff', ...headers })
  if (!(body instanceof Readable)) response.end(method === 'HEAD' ? undefined : body)
  else if (method !== 'HEAD') await pipeline(body, response)
  else {
    body.destroy()
    response.end()
  }
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
