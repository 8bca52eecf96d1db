/** Requests for a WebSocket: who takes part in a conference, and its host. */
import type { IncomingMessage } from 'node:http'
import type { BlockList, Socket } from 'node:net'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { TokenBuckets } from '@chartseal/core/token-bucket'
import type { Clinic } from '../clinic/clinic.js'
import type { Peer } from '../conference/peer.js'
import { type Role, roleIn, WebSockets } from '../conference/web-sockets.js'
import { requestError } from '../errors.js'
import type { StoredConference } from '../store.js'
import type { RequestNote } from './app.js'
import type { Rates } from './handle.js'
import { sayLast } from './last-word.js'
import { networkOf, sourceOf } from './network.js'
import { fault, problemOf, retryMs } from './problems.js'
import { rawAnswer } from './refuse-raw.js'

export interface UpgradesOptions {
  readonly clinic: Clinic
  readonly rates: Pick<Rates, 'open'>
  readonly proxies: BlockList | null
  readonly onRequest?: (note: RequestNote) => void
  readonly onFault?: (request: string, error: unknown) => void
}

const route = '/v1/conferences/{id}'
const path = /^\/v1\/conferences\/([A-Za-z0-9_-]{21}[AQgw])$/

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
    const [, id] = path.exec(request.url ?? '') ?? []
    const isWebSocket = /^websocket$/i.test(request.headers.upgrade ?? '')
    if (id === undefined || !isWebSocket || request.method !== 'GET') return false
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
    const { clinic, onFault } = this.#options
    try {
      const network = this.#network(request)
      this.#limit(network)
      const role = roleIn(offeredIn(request))
      if (role === null) throw requestError('relay/upgrade', {})
      const conference = await this.#find(id)
      this.#open(request, socket, head, { conference, network, role })
      return { status: 101, code: null }
    } catch (error) {
      const nowMs = clinic.clock.nowMs()
      const known = problemOf(error, requestId, nowMs)
      if (known === null) onFault?.(requestId, error)
      const problem = known ?? fault(requestId, nowMs)
      sayLast(socket, rawAnswer(problem))
      return problem
    }
  }

  #open(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    {
      conference,
      network,
      role,
    }: { readonly conference: StoredConference; readonly network: string; readonly role: Role },
  ): void {
    const { conferences } = this.#options.clinic
    const open = (opened: (peer: Peer) => void): void => this.#sockets.open(request, socket, head, opened)
    if (role === 'host') open(peer => conferences.host(conference, peer, network))
    else {
      const here = (): void => open(peer => void conferences.join(conference, peer, network))
      void conferences.handOver(conference, { request, socket, head, here }, network)
    }
  }

  /** @throws ChartsealError `relay/missing`, `server/stopping` */
  async #find(id: string): Promise<StoredConference> {
    const { store, state } = this.#options.clinic
    if (state() !== 'ready') throw requestError('server/stopping', { retryMs })
    const found = await store.conferences.find(id)
    if (found === null) throw requestError('relay/missing', {})
    return found
  }

  /** @throws ChartsealError `request/too-many` */
  #limit(network: string): void {
    const waitMs = this.#buckets.take(network, this.#options.clinic.clock.nowMs())
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
