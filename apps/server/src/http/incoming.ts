/** A request from a socket, or from a test, as the parts of a server see it. */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { readIncoming, readRequest } from './body.js'
import type { Incoming } from './handle.js'

/** What the server of sockets adds to a request; a test adds nothing. */
export interface Bindings {
  readonly incoming?: unknown
  readonly outgoing?: unknown
}

export function incomingOf(c: Context<{ Bindings: Bindings }>, bodyMs: number): Incoming {
  const { incoming, outgoing } = c.env ?? {}
  const common = { method: c.req.method, params: c.req.param() }
  if (!(incoming instanceof IncomingMessage)) {
    const { raw } = c.req
    return {
      ...common,
      target: raw.url.slice(new URL(raw.url).origin.length),
      header: name => raw.headers.get(name),
      peer: '127.0.0.1',
      body: (maxBytes, room) => readRequest(raw, { maxBytes }, room),
      signal: () => raw.signal,
    }
  }
  return {
    ...common,
    target: incoming.url ?? '/',
    header: name => single(incoming.headers[name]),
    peer: incoming.socket.remoteAddress ?? '',
    body: (maxBytes, room) => readIncoming(incoming, { maxBytes, maxMs: bodyMs }, room),
    signal: () => closedSignal(outgoing),
  }
}

function single(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : (value?.join(', ') ?? null)
}

function closedSignal(outgoing: unknown): AbortSignal {
  const controller = new AbortController()
  if (!(outgoing instanceof ServerResponse)) return controller.signal
  if (outgoing.closed) controller.abort()
  else outgoing.once('close', () => controller.abort())
  return controller.signal
}
