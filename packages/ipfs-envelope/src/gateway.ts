/**
 * A trustless gateway (IPFS specification of that name): read only, every block checked here. Works in browsers, where
 * the gateway allows the page.
 */
import { concat } from '@chartseal/core/bytes'
import { parseCid } from './cid/parse.js'
import { envelopeError } from './errors.js'
import { isLoopbackHost } from './net/address.js'
import { send, type TimedAnswer, wordOf } from './net/answer.js'
import { guardedFetch } from './net/fetch.js'
import type { Fetch } from './net/port.js'
import { storeError } from './stores/errors.js'
import type { BlobReader, BlockReader } from './stores/port.js'
import { type BlobReaderOptions, blobReader } from './unixfs/store.js'

export { guardedFetch } from './net/fetch.js'
export type { Connect, Fetch, FetchInit } from './net/port.js'
export { type StoreErrors, storeError } from './stores/errors.js'

export interface GatewayOptions {
  /** For the head of each answer and for each piece of it; 30 s. */
  readonly timeoutMs?: number
  /** {@link guardedFetch} when left out; another one has to guard itself. */
  readonly fetch?: Fetch
}

/** No block that nodes exchange is larger, and none that is made here. */
const maxBlockBytes = 2_097_152
const maxReasonBytes = 65_536

/**
 * Blobs behind a gateway: a range asks for the blocks it needs only.
 * @throws RangeError for a URL that is not HTTPS, but for one on this machine
 */
export function gatewayBlobs(url: string, options: GatewayOptions & BlobReaderOptions = {}): BlobReader {
  return blobReader(gatewayBlocks(url, options), options)
}

/** Single blocks, `?format=raw`: not checked here, as of every {@link BlockReader}, but never longer than 2 MiB. */
export function gatewayBlocks(url: string, options: GatewayOptions = {}): BlockReader {
  const gateway = gatewayUrl(url)
  return {
    async get(cid) {
      const answer = await ask(gateway, cid, 'raw', 'GET', options)
      if (await isAbsent(answer, cid)) return null
      return blockOf(answer, cid)
    },
    async has(cid) {
      const answer = await ask(gateway, cid, 'raw', 'HEAD', options)
      const absent = await isAbsent(answer, cid)
      await answer.drop()
      return !absent
    },
  }
}

/**
 * All below a CID in one answer, `?format=car`: for `importCar`, which checks each block and that none is missing.
 * @throws ChartsealError `envelope/blob-not-found`, `remote/refused`, `remote/timeout`, `remote/unreachable`
 */
export async function* gatewayCar(
  url: string,
  cid: string,
  options: GatewayOptions = {},
): AsyncGenerator<Uint8Array> {
  const answer = await ask(gatewayUrl(url), cid, 'car', 'GET', options)
  if (await isAbsent(answer, cid)) throw envelopeError('envelope/blob-not-found', { cid })
  yield* answer.body()
}

function gatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const local = url !== null && url.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url === null || (url.protocol !== 'https:' && !local))
    throw new RangeError(
      'the address of a gateway must be an https URL, unless the gateway is on this machine',
    )
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

const types = {
  raw: 'application/vnd.ipld.raw',
  car: 'application/vnd.ipld.car; version=1; order=dfs; dups=n',
}

async function ask(
  gateway: string,
  text: string,
  format: 'raw' | 'car',
  method: 'GET' | 'HEAD',
  { fetch = guardedFetch(), timeoutMs = 30_000 }: GatewayOptions,
): Promise<TimedAnswer> {
  const cid = parseCid(text).toString()
  const call = { fetch, timeoutMs, operation: `${method} of ${cid}` }
  return send(call, `${gateway}/ipfs/${cid}?format=${format}`, { method, headers: { accept: types[format] } })
}

/** Gone (410) is absent; that the gateway may not or cannot look (403, 451, 504) is not. */
async function isAbsent(answer: TimedAnswer, cid: string): Promise<boolean> {
  if (answer.status === 200) return false
  const said = await answer.bytes(maxReasonBytes).catch(() => new Uint8Array(0))
  if (answer.status === 404 || answer.status === 410) return true
  throw storeError('remote/refused', { operation: cid, status: answer.status, reason: wordOf(said) })
}

async function blockOf(answer: TimedAnswer, cid: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of answer.body()) {
    sizeBytes += part.length
    if (sizeBytes > maxBlockBytes)
      throw envelopeError('envelope/blob-too-large', { cid, maxBytes: maxBlockBytes })
    parts.push(part)
  }
  return concat(...parts)
}
