/** Handshakes of WebSockets (RFC 6455), as every process of a server does them. */
import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { maxFrameBytes } from '@chartseal/elgamal-session/relay'
import { WebSocketServer } from 'ws'
import { Peer } from './peer.js'

/** What a client asks for by Sec-WebSocket-Protocol. */
export const subprotocols = { patient: 'chartseal.conference.v2', host: 'chartseal.host.v2' } as const

export type Role = keyof typeof subprotocols

export class WebSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes.before,
    handleProtocols: offered => protocolIn(offered) ?? false,
  })

  /** Finishes a handshake; of one that is none the client is told, and nothing is given. */
  open(request: IncomingMessage, socket: Socket, head: Buffer, opened: (peer: Peer) => void): void {
    this.#server.handleUpgrade(request, socket, head, webSocket => opened(new Peer(webSocket, socket)))
  }
}

/** The first of our own that a client offers; `null` for none. */
export function roleIn(offered: ReadonlySet<string>): Role | null {
  for (const role of ['patient', 'host'] as const) if (offered.has(subprotocols[role])) return role
  return null
}

function protocolIn(offered: ReadonlySet<string>): string | null {
  const role = roleIn(offered)
  return role === null ? null : subprotocols[role]
}

/** What of a request a handshake reads. */
const needed = [
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
] as const

/** For a handshake in another process; nothing that tells who asks. */
export function handshakeHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const given = needed.flatMap(name => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return Object.fromEntries(given)
}

/** The request that another process has read. */
export function requestOf(socket: Socket, headers: Readonly<Record<string, string>>): IncomingMessage {
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  Object.assign(request.headers, headers)
  return request
}
