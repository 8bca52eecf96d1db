/** Sockets: limits of time and of headers, and an end that loses nothing that clients do not send again. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import type { RunningClinic } from './clinic/setup.js'
import { connectionLimit, openFileLimit } from './http/connection-limit.js'
import { begins } from './http/live-body.js'
import { readAgain, type TakeUpgrade } from './http/read-again.js'
import { refuseRaw } from './http/refuse-raw.js'

export interface ListenErrors {
  'listen/failed': { host: string; port: number; reason: string }
}

export const listenError: ErrorFactory<ListenErrors> = defineErrors<ListenErrors>({
  'listen/failed':
    'The server cannot listen at {host}:{port} ({reason}). Stop what does, or choose another port.',
})

export interface ListenLimits {
  readonly headersMs: number
  /** From the first byte of a request to the last of its body. */
  readonly requestMs: number
  readonly headerBytes: number
  /** Longer than a proxy keeps an idle connection, so that it is the proxy who closes it. */
  readonly idleMs: number
  /** For so long nothing moves in either direction before a connection is cut: longer than the pings of a stream. */
  readonly stallMs: number
}

export const defaultLimits: ListenLimits = {
  headersMs: 10_000,
  requestMs: 40_000,
  headerBytes: 16_384,
  idleMs: 75_000,
  stallMs: 60_000,
}

/** The server of an application, not yet listening. */
export function createListener(
  fetch: (request: Request, env: HttpBindings | Http2Bindings) => Response | Promise<Response>,
  limits: ListenLimits = defaultLimits,
  upgrades: TakeUpgrade = () => false,
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
  server.timeout = limits.stallMs
  const most = connectionLimit(openFileLimit())
  if (most !== null) server.maxConnections = most
  server.on('clientError', (error, socket: Socket) => refuseRaw(error, socket, limits))
  // Nobody listens for `connect`: Node closes the connection.
  server.on('upgrade', (request, socket, head) => {
    if (!(socket instanceof Socket)) socket.destroy()
    else if (!upgrades(request, socket, head)) readAgain(server, request, socket, head)
  })
  return server
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
  await clinic.conferences.stop()
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  // A stream that ends leaves a connection that nobody needs.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), finishMs)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
  await clinic.close()
}
