/** Sockets: limits of time and of headers, and an end that loses nothing that clients do not send again. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { defaultPooledRandom } from '@chartseal/core/system'
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import type { RunningClinic } from './clinic/setup.js'
import { commonHeaders } from './http/answers.js'
import { begins, isTaken } from './http/live-body.js'

export interface ListenErrors {
  'listen/failed': { host: string; port: number; reason: string }
}

export const listenError: ErrorFactory<ListenErrors> = defineErrors<ListenErrors>({
  'listen/failed':
    'The server cannot listen at {host}:{port} ({reason}). Stop what does, or give another --port.',
})

export interface ListenLimits {
  readonly headersMs: number
  /** From the first byte of a request to the last of its body. */
  readonly requestMs: number
  readonly headerBytes: number
  /** Longer than a proxy keeps an idle connection, so that it is the proxy who closes it. */
  readonly idleMs: number
}

export const defaultLimits: ListenLimits = {
  headersMs: 10_000,
  requestMs: 40_000,
  headerBytes: 16_384,
  idleMs: 75_000,
}

/** The server of an application, not yet listening. */
export function createListener(
  fetch: (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>,
  limits: ListenLimits = defaultLimits,
): Server {
  const listener = getRequestListener(fetch)
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      requireHostHeader: true,
      noDelay: true,
    },
    (incoming, outgoing) => {
      if (begins(incoming.socket, outgoing)) void listener(incoming, outgoing)
      else incoming.socket.destroy()
    },
  )
  server.maxRequestsPerSocket = 0
  server.on('clientError', refuseRaw)
  // An upgrade is not for this server: the connection ends, and nobody waits.
  server.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n'),
  )
  return server
}

const raw: { readonly [code: string]: readonly [status: string, code: string, next: string] } = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request/too-slow', 'Send the same request again.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'request/too-large', 'Send shorter headers.'],
}

/** What Node refuses before there is a request. */
function refuseRaw(
  error: Error & { readonly code?: string },
  socket: Socket & { _httpMessage?: unknown },
): void {
  // An answer that has begun is not interrupted by another one.
  if (!socket.writable || socket._httpMessage || isTaken(socket)) {
    socket.destroy()
    return
  }
  const [status, code, next] = raw[error.code ?? ''] ?? [
    '400 Bad Request',
    'request/invalid',
    'Send HTTP/1.1.',
  ]
  const request = encodeBase64Url(defaultPooledRandom().bytes(16))
  const number = Number(status.slice(0, 3))
  const body = JSON.stringify({
    type: `urn:chartseal:${code}`,
    status: number,
    code,
    title: status,
    next,
    request,
  })
  const headers = {
    ...commonHeaders,
    'content-type': 'application/problem+json',
    'content-length': `${body.length}`,
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status}`, ...head, '', body].join('\r\n'))
}

/** The port that it listens at. @throws ChartsealError `listen/failed` */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: Error & { readonly code?: string }) =>
      reject(listenError('listen/failed', { host, port, reason: error.code ?? error.message })),
    )
    server.listen({ host, port, backlog: 4_096 }, () => resolve(portOf(server.address())))
  })
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

export interface ShutdownTimes {
  /** For so long clients and proxies are told, and are still served. */
  readonly announceMs: number
  /** After that so long for what was begun. */
  readonly finishMs: number
}

export const defaultShutdown: ShutdownTimes = { announceMs: 400, finishMs: 10_000 }

/**
 * Ends in steps: `/readyz` and every answer say so; streams are told when to come back; what was begun is finished;
 * the rest is cut. Then the clinic is closed.
 */
export async function shutDown(
  server: Server,
  clinic: RunningClinic,
  { announceMs, finishMs }: ShutdownTimes = defaultShutdown,
): Promise<void> {
  clinic.stop()
  await sleep(announceMs)
  clinic.events.endAll(1_000 + Math.floor((clinic.random.bytes(1)[0] ?? 0) * 8))
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  // A stream that ends leaves a connection that nobody needs.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), finishMs)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
  await clinic.close()
}
