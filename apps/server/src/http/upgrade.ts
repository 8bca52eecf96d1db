/** Requests for a WebSocket: who takes part in a conference, and its host. */
import type { IncomingMessage } from 'node:http'
import type { BlockList, Socket } from 'node:net'
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock } from '@chartseal/core/ports'
import { defaultPooledRandom } from '@chartseal/core/system'
import { TokenBuckets } from '@chartseal/core/token-bucket'
import type { Clinic } from '../clinic/clinic.js'
import type { Peer } from '../conference/peer.js'
import type { RelayServer } from '../conference/relay-server.js'
import { type Role, roleIn, WebSockets } from '../conference/web-sockets.js'
import { requestError } from '../errors.js'
import type { RequestNote } from './app.js'
import type { Rates } from './handle.js'
import { sayLast } from './last-word.js'
import { networkOf, sourceOf } from './network.js'
import { fault, problemOf, retryMs } from './problems.js'
import { rawAnswer } from './refuse-raw.js'

/** A request for a WebSocket that is let in. */
interface Asking {
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  readonly network: string
  /** Finishes the handshake. */
  open(opened: (peer: Peer) => void): void
}

/** Where those who ask for a conference come in. */
export interface Door {
  /** What takes them. @throws ChartsealError `relay/missing`, `relay/upgrade`, `server/stopping` */
  find(id: string, role: Role): Promise<(asking: Asking) => void>
}

/** Of the server of a clinic. */
export function clinicDoor({ store, state, conferences }: Clinic): Door {
  return {
    async find(id, role) {
      if (state() !== 'ready') throw requestError('server/stopping', { retryMs })
      const conference = await store.conferences.find(id)
      if (conference === null) throw requestError('relay/missing', {})
      if (role === 'host')
        return ({ open, network }) => open(peer => conferences.host(conference, peer, network))
      return ({ open, network, ...asking }) => {
        const here = (): void => open(peer => void conferences.join(conference, peer, network))
        void conferences.handOver(conference, { ...asking, here }, network)
      }
    },
  }
}

/** Of a relay on a machine of its own, which does not know which conferences there are, and has no hosts. */
export function relayDoor(relay: Pick<RelayServer, 'join'>, isOpen: () => boolean): Door {
  return {
    async find(id, role) {
      if (!isOpen()) throw requestError('server/stopping', { retryMs })
      if (role === 'host') throw requestError('relay/upgrade', {})
      return ({ open, network }) => open(peer => relay.join(id, peer, network))
    },
  }
}

export interface UpgradesOptions {
  readonly clock: Clock
  readonly door: Door
  readonly rates: Pick<Rates, 'open'>
  readonly proxies: BlockList | null
  readonly onRequest?: (note: RequestNote) => void
  readonly onFault?: (request: string, error: unknown) => void
}

const route = '/v1/conferences/{id}'
const path = /^\/v1\/conferences\/([A-Za-z0-9_-]{21}[AQgw])$/

/** Of the conference of which a request wants a WebSocket, in base64url; `null` for one that wants none. */
export function conferenceOf({ url = '', headers, method }: IncomingMessage): string | null {
  const isWebSocket = method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '')
  return isWebSocket ? (path.exec(url)?.[1] ?? null) : null
}

/** Whether it wants to be the host there. */
export const isHost = (request: IncomingMessage): boolean => roleIn(offeredIn(request)) === 'host'

export class Upgrades {
  readonly #options: UpgradesOptions
  readonly #buckets: TokenBuckets
  readonly #sockets = new WebSockets()

  constructor(options: UpgradesOptions) {
    this.#options = options
    this.#buckets = new TokenBuckets(options.rates.open)
  }

  /** False for what is no request for a WebSocket of a conference. */
  take(request: IncomingMessage, socket: Socket, head: Buffer): boolean {
    const id = conferenceOf(request)
    if (id === null) return false
    socket.on('error', () => socket.destroy())
    void this.#answer(id, request, socket, head)
    return true
  }

  async #answer(id: string, request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const started = performance.now()
    const requestId = encodeBase64Url(defaultPooledRandom().bytes(16))
    const { onRequest } = this.#options
    const { status, code } = await this.#attempt(requestId, id, request, socket, head)
    const ms = Math.round((performance.now() - started) * 100) / 100
    onRequest?.({ request: requestId, method: 'GET', route, status, code, ms })
  }

  async #attempt(
    requestId: string,
    id: string,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
  ): Promise<{ readonly status: number; readonly code: string | null }> {
    const { clock, door, onFault } = this.#options
    try {
      const network = this.#network(request)
      this.#limit(network)
      const role = roleIn(offeredIn(request))
      if (role === null) throw requestError('relay/upgrade', {})
      const enter = await door.find(id, role)
      const open = (opened: (peer: Peer) => void): void => this.#sockets.open(request, socket, head, opened)
      enter({ request, socket, head, network, open })
      return { status: 101, code: null }
    } catch (error) {
      const nowMs = clock.nowMs()
      const known = problemOf(error, requestId, nowMs)
      if (known === null) onFault?.(requestId, error)
      const problem = known ?? fault(requestId, nowMs)
      sayLast(socket, rawAnswer(problem))
      return problem
    }
  }

  /** @throws ChartsealError `request/too-many` */
  #limit(network: string): void {
    const waitMs = this.#buckets.take(network, this.#options.clock.nowMs())
    if (waitMs > 0) throw requestError('request/too-many', { retryMs: waitMs })
  }

  #network({ socket, headers }: IncomingMessage): string {
    const { 'x-forwarded-for': forwarded } = headers
    const chain = typeof forwarded === 'string' ? forwarded : (forwarded?.join(', ') ?? null)
    return networkOf(sourceOf(socket.remoteAddress ?? '', chain, this.#options.proxies))
  }
}

function offeredIn({ headers }: IncomingMessage): ReadonlySet<string> {
  const words = (headers['sec-websocket-protocol'] ?? '').split(',').map(word => word.trim())
  return new Set(words)
}
