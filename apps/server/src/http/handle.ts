/** One request from its first byte to its answer: limits, signature, body, operation. */
import { createHash } from 'node:crypto'
import type { BlockList } from 'node:net'
import {
  maxSkewMs,
  type RequestSignature,
  readSignature,
  requireFresh,
  requireSignature,
  signatureError,
  verifyRequest,
} from '@chartseal/clinic/signed-request'
import type { VerifyingKey } from '@chartseal/core/ed25519'
import { type Rate, TokenBuckets } from '@chartseal/core/token-bucket'
import type { Clinic } from '../clinic/clinic.js'
import type { EnrolledDevice } from '../clinic/directory.js'
import type { Shares } from '../clinic/shares.js'
import { requestError } from '../errors.js'
import type { Answer } from './answers.js'
import { BodyRoom } from './body.js'
import { networkOf, sourceOf } from './network.js'
import type { Call, Operation, Prepared } from './operation.js'

/** A request as the parts of a server see it, from a socket or from a test. */
export interface Incoming {
  /** As it was sent. */
  readonly method: string
  /** Path and query as they were sent. */
  readonly target: string
  /** By its name in lower case. */
  header(name: string): string | null
  /** Names of the path. */
  readonly params: { readonly [name: string]: string }
  /** The other end of the connection. */
  readonly peer: string
  /** @throws ChartsealError `request/too-large`, `request/too-slow`, `request/cut-off`, `server/busy` */
  body(maxBytes: number, room: BodyRoom): Promise<Uint8Array>
  signal(): AbortSignal
}

export interface Rates {
  /** Requests without a signature, by network. */
  readonly open: Rate
  /** Requests that claim to be signed, by network: what checking signatures may cost. */
  readonly claimed: Rate
  /** Signed requests, by key. */
  readonly signed: Rate
}

/** A clinic full of devices may stand behind one address. */
export const defaultRates: Rates = {
  open: { perSecond: 50, burst: 400 },
  claimed: { perSecond: 500, burst: 2_000 },
  signed: { perSecond: 50, burst: 200 },
}

export interface GateOptions {
  readonly rates: Rates
  readonly proxies: BlockList | null
  readonly bodies: Shares
}

export class Gate {
  readonly #clinic: Clinic
  readonly #bodies: Shares
  readonly #proxies: BlockList | null
  readonly #open: TokenBuckets
  readonly #probes: TokenBuckets
  readonly #claimed: TokenBuckets
  readonly #signed: TokenBuckets

  constructor(clinic: Clinic, { rates, proxies, bodies }: GateOptions) {
    this.#clinic = clinic
    this.#bodies = bodies
    this.#proxies = proxies
    this.#open = new TokenBuckets(rates.open)
    this.#probes = new TokenBuckets(rates.open)
    this.#claimed = new TokenBuckets(rates.claimed)
    this.#signed = new TokenBuckets(rates.signed)
  }

  /** @throws ChartsealError `request/too-many` */
  limitOpen(incoming: Incoming): void {
    this.#take(this.#open, this.#network(incoming))
  }

  /** What watches a server is not refused for what others of its network ask. @throws ChartsealError `request/too-many` */
  limitProbe(incoming: Incoming): void {
    this.#take(this.#probes, this.#network(incoming))
  }

  /** @throws ChartsealError every code of the interface */
  async pass(incoming: Incoming, operation: Operation): Promise<Answer> {
    const isSigned = operation.auth !== 'open' && incoming.header('signature') !== null
    const network = this.#network(incoming)
    if (isSigned) this.#take(this.#claimed, network)
    else this.#take(this.#open, network, operation.cost)
    const prepared = operation.prepare(incoming.params, queryOf(incoming.target))
    const signature = this.#signatureOf(incoming, operation)
    const device = await this.#deviceOf(signature, operation)
    if (!/^(GET|HEAD|OPTIONS)$/.test(operation.method)) this.#clinic.writes.requireRoom()
    await prepared.admit(this.#clinic)
    const room = new BodyRoom(this.#bodies, network)
    try {
      const bytes = await bodyOf(incoming, operation, room)
      return await this.#run(incoming, prepared, { signature, device, bytes, network })
    } finally {
      room.leave()
    }
  }

  async #run(
    incoming: Incoming,
    { run }: Prepared,
    given: Pick<Call, 'signature' | 'device' | 'bytes' | 'network'>,
  ): Promise<Answer> {
    const { signature, device, bytes } = given
    const verifyWith = (key: VerifyingKey | null): Promise<void> =>
      this.#verify(incoming, signature, key, bytes)
    if (device !== null) await verifyWith(device.identity)
    if (device !== null && device.endedMs !== null) throw requestError('device/ended', {})
    const { header } = incoming
    return run({ ...given, header, verifyWith, signal: () => incoming.signal() }, this.#clinic)
  }

  #network({ peer, header }: Incoming): string {
    return networkOf(sourceOf(peer, header('x-forwarded-for'), this.#proxies))
  }

  #take(buckets: TokenBuckets, name: string, cost = 1): void {
    const retryMs = buckets.take(name, this.#clinic.clock.nowMs(), cost)
    if (retryMs > 0) throw requestError('request/too-many', { retryMs })
  }

  #signatureOf({ header }: Incoming, { auth }: Operation): RequestSignature | null {
    if (auth === 'open') return null
    const { clock, startedMs } = this.#clinic
    const signature = auth === 'sender' ? readSignature(header) : requireSignature(header)
    if (signature !== null) requireFresh(signature, clock.nowMs(), startedMs)
    return signature
  }

  /**
   * Before the body is read: who is unknown sends no megabyte. That a device was ended is told to whoever has its key
   * alone.
   */
  async #deviceOf(signature: RequestSignature | null, { auth }: Operation): Promise<EnrolledDevice | null> {
    if (signature === null || auth === 'self') return null
    const device = await this.#clinic.directory.find(signature.kid)
    if (device === null) throw signatureError('signature/unknown-key', {})
    return device
  }

  async #verify(
    { method, target }: Incoming,
    signature: RequestSignature | null,
    key: VerifyingKey | null,
    bytes: Uint8Array,
  ): Promise<void> {
    if (signature === null) throw signatureError('signature/missing', {})
    const url = `${this.#clinic.origin}${target}`
    verifyRequest(signature, key, { method, url }, createHash('sha256').update(bytes).digest())
    this.#take(this.#signed, signature.kid)
    await takeNonce(this.#clinic, signature)
  }
}

const noncesPerKey = 8_192

/**
 * In the store: another process may be asked next, or this one after a restart. Two servers count together what one key
 * may use; of one, the limit of its rate bounds it.
 */
async function takeNonce({ store, clock }: Clinic, { kid, nonce, created }: RequestSignature): Promise<void> {
  const expiresMs = created * 1_000 + maxSkewMs + 1_000
  const mostOfKey = store.engine === 'sqlite' ? null : noncesPerKey
  const use = await store.nonces.use({ kid, nonce, expiresMs }, clock.nowMs(), mostOfKey)
  if (use === 'replayed') throw signatureError('signature/replayed', {})
  if (use === 'full') throw signatureError('signature/too-many', { limit: noncesPerKey })
}

async function bodyOf(incoming: Incoming, { body }: Operation, room: BodyRoom): Promise<Uint8Array> {
  if (body === null) return incoming.body(0, room)
  const type = (incoming.header('content-type') ?? '').toLowerCase().replaceAll(' ', '')
  const isRight = type === body.type || type === `${body.type};charset=utf-8`
  const encoding = incoming.header('content-encoding') ?? 'identity'
  if (!isRight || encoding !== 'identity') throw requestError('request/media-type', { expected: body.type })
  return incoming.body(body.maxBytes, room)
}

/** Each name once. @throws ChartsealError `request/invalid` */
function queryOf(target: string): { readonly [name: string]: string } {
  const start = target.indexOf('?')
  if (start < 0) return {}
  const pairs = [...new URLSearchParams(target.slice(start + 1))]
  const query = Object.fromEntries(pairs)
  if (Object.keys(query).length !== pairs.length) throw requestError('request/invalid', { fields: ['query'] })
  return query
}
