/** Another node of the ledger, over HTTP. What it says is checked by the node that asks. */
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { LedgerPeer, PeerHeader, PeerTip } from '@chartseal/emr-ledger'
import { limits, newsCharacters } from '../http/names.js'
import { decodeHeaders, decodeList, peerError } from './wire.js'

/** What it takes of `fetch`. */
export type PeerFetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>

const answerMs = 10_000
/** A list, and a block of 1 MiB. */
const mostBytes = limits.listBytes + 1_048_576

/** Whether a node has something new, in a text that is another one then; `waits`: whether it can tell at once. */
export interface PeerNews {
  readonly news: string
  readonly waits: boolean
}

export class HttpPeer implements LedgerPeer {
  readonly origin: string
  readonly #fetch: PeerFetch
  readonly #ledger: string
  readonly #signal: AbortSignal
  /** Seconds: what its clock said when it last told what is new; `null` where it did not say. */
  clock: bigint | null = null

  /** @param ledger id of the ledger that both must have */
  constructor(origin: string, ledger: Uint8Array, fetch: PeerFetch, signal: AbortSignal) {
    this.origin = origin
    this.#ledger = encodeBase64Url(ledger)
    this.#fetch = fetch
    this.#signal = signal
  }

  /** Resolves when it has other news than those, at the latest after so long; at once where it cannot wait. */
  async news(known: string, waitSeconds: number): Promise<PeerNews> {
    const waitMs = 1_000 * waitSeconds
    const answer = await this.#answer(`/news?after=${encodeURIComponent(known)}&wait=${waitSeconds}`, waitMs)
    this.clock = clockOf(answer)
    const bytes = await bodyOf(answer)
    // A node of a version that does not tell.
    if (bytes === null) return { news: '', waits: false }
    const told = JsonObject.parse(decodeUtf8(bytes))
    return { news: told.text('news').slice(0, newsCharacters), waits: told.boolean('waits') }
  }

  async tip(): Promise<PeerTip> {
    const about = JsonObject.parse(decodeUtf8((await this.#get('')) ?? new Uint8Array(0)))
    if (about.text('ledger') !== this.#ledger) throw peerError('peer/other-ledger', { peer: this.origin })
    const tip = about.object('tip')
    return { id: decodeBase64Url(tip.text('id')), height: BigInt(tip.count('height')) }
  }

  async headers(from: bigint, limit: number): Promise<readonly PeerHeader[]> {
    const most = Math.min(limit, limits.ledgerHeaders)
    const bytes = await this.#get(`/headers?from=${from}&limit=${most}`)
    return bytes === null ? [] : decodeHeaders(bytes)
  }

  block(id: Uint8Array): Promise<Uint8Array | null> {
    return this.#get(`/blocks/${encodeBase64Url(id)}`)
  }

  async evidence(): Promise<readonly Uint8Array[]> {
    return decodeList((await this.#get('/evidence')) ?? emptyList)
  }

  async pending(): Promise<readonly Uint8Array[]> {
    return decodeList((await this.#get('/pending')) ?? emptyList)
  }

  /** `null` for what it has not. */
  async #get(path: string): Promise<Uint8Array | null> {
    return bodyOf(await this.#answer(path))
  }

  /** With the status 200 or 404. */
  async #answer(path: string, waitMs = 0): Promise<Response> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(answerMs + waitMs)])
    const answer = await this.#fetch(`${this.origin}/v1/ledger${path}`, { signal })
    if (answer.status === 200 || answer.status === 404) return answer
    await answer.body?.cancel()
    throw peerError('peer/answer', { peer: this.origin, status: answer.status })
  }
}

async function bodyOf(answer: Response): Promise<Uint8Array | null> {
  if (answer.status === 200) return boundedBytes(answer)
  await answer.body?.cancel()
  return null
}

/** RFC 9110 6.6.1; nobody keeps an answer about what is new, so that it is as new. */
function clockOf(answer: Response): bigint | null {
  const ms = Date.parse(answer.headers.get('date') ?? '')
  return Number.isNaN(ms) ? null : BigInt(Math.floor(ms / 1_000))
}

/** What a ledger began with, as one of its nodes says. @throws ChartsealError `peer/answer`, `peer/too-large` */
export async function fetchGenesis(origin: string, ask: PeerFetch): Promise<Uint8Array> {
  const answer = await ask(`${origin}/v1/ledger`, { signal: AbortSignal.timeout(answerMs) })
  if (answer.status !== 200) throw peerError('peer/answer', { peer: origin, status: answer.status })
  return decodeBase64Url(JsonObject.parse(decodeUtf8(await boundedBytes(answer))).text('genesis'))
}

const emptyList = Uint8Array.of(0x80)

/** The body, if it is not too large. @throws ChartsealError `peer/too-large` */
export async function boundedBytes(answer: Response, limitBytes: number = mostBytes): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = answer.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (part === undefined || part.done) return new Uint8Array(Buffer.concat(parts))
    size += part.value.length
    if (size > limitBytes) {
      await reader?.cancel()
      throw peerError('peer/too-large', { limitBytes })
    }
    parts.push(part.value)
  }
}
