/** Requests to one clinic, signed where they must be; a refusal and silence are typed errors. */
import { ownBuffer } from '@chartseal/core/bytes'
import { JsonObject } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'
import { type EventListener, readEvents } from './event-stream.js'
import type { Signer } from './identity.js'
import { signedHeaders } from './sign.js'

export interface Requests {
  readonly kid: string
  open(method: string, path: string, expected: Expected, body?: Uint8Array): Promise<Uint8Array>
  signed(
    method: string,
    path: string,
    expected: Expected,
    body?: Uint8Array,
    type?: string,
  ): Promise<Uint8Array>
  /** Whether the clinic has what is under this path, by its ETag. What it says otherwise the next request says in words. */
  has(path: string, etag: string): Promise<boolean>
  events(path: string, listener: EventListener, signal: AbortSignal): Promise<void>
}

/** What a clinic answers when it does what it was asked; anything else comes from something in between. */
export type Expected = 'json' | 'bytes' | 'text' | 'nothing'

export interface RequestOptions {
  readonly fetch: typeof fetch
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Random
  readonly wait: (ms: number) => Promise<void>
  /** The clinic's origin, which is signed; known after the first contact. */
  origin(): string
}

const bytesType = 'application/octet-stream'
/** Longer than the server holds a slot open. */
const patienceMs = 40_000
/** Of the slowest network that is waited for: 64 kbit/s. */
const bytesPerMs = 8
/** As much as a list of messages takes there. */
const bodyPatienceMs = 800_000
const patientTries = 6
const unsigned = 401
const invalid = 400
/** Nothing was done, and the same under another nonce, or by the clinic's time, may be taken. */
const signedAnew: readonly string[] = ['signature/stale', 'signature/replayed', 'request/cut-off']
const leastPaceMs = 200
const maxPaceMs = 5_000

/** @throws ChartsealError from each call: `console/offline`, `console/refused` */
export function clinicRequests(options: RequestOptions): Requests {
  const { signer } = options
  /** How far the clinic's clock is ahead of ours, as its last refusal said. */
  let offsetMs = 0
  const signedOnce = async (
    method: string,
    path: string,
    body: Uint8Array,
    type: string,
  ): Promise<Response> => {
    const signature = await signedHeaders({ method, path, body }, options, offsetMs)
    return send(options, method, path, body, { ...signature, ...typeOf(body, type) })
  }
  /** Asked to be slower, it is slower: nobody is told. */
  const paced = async (ask: () => Promise<Response>): Promise<Response> => {
    for (let left = patientTries; ; left--) {
      const response = await ask()
      if (response.status !== 429 || left === 0) return response
      const { retryMs } = await problemOf(response.clone())
      await options.wait(Math.min(maxPaceMs, Math.max(leastPaceMs, retryMs)))
    }
  }
  const signedResponse = async (
    method: string,
    path: string,
    body: Uint8Array,
    type: string,
  ): Promise<Response> => {
    const response = await signedOnce(method, path, body, type)
    if (response.status !== unsigned && response.status !== invalid) return response
    const { code, nowMs } = await problemOf(response.clone())
    if (!signedAnew.includes(code)) return response
    if (code === 'signature/stale') {
      if (nowMs === null) return response
      offsetMs = nowMs - options.clock.nowMs()
    }
    return signedOnce(method, path, body, type)
  }
  return {
    kid: signer.kid,
    open: async (method, path, expected, body = new Uint8Array()) =>
      answered(await send(options, method, path, body, typeOf(body, bytesType)), expected),
    signed: async (method, path, expected, body = new Uint8Array(), type = bytesType) =>
      answered(await paced(() => signedResponse(method, path, body, type)), expected),
    async has(path, etag) {
      const response = await paced(() => signedResponse('HEAD', path, new Uint8Array(), bytesType))
      return response.status === 200 && response.headers.get('etag') === etag
    },
    async events(path, listener, signal) {
      const asked = { method: 'GET', path, body: new Uint8Array() }
      const headers = { ...(await signedHeaders(asked, options, offsetMs)) }
      const response = await options.fetch(path, { headers, signal, cache: 'no-store' })
      if (response.body === null || !isOf(response, 'text/event-stream')) await answered(response, 'nothing')
      else await readEvents(response.body, listener, signal)
    },
  }
}

const typeOf = (body: Uint8Array, type: string): Record<string, string> =>
  body.length === 0 ? {} : { 'Content-Type': type }

async function send(
  options: RequestOptions,
  method: string,
  path: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<Response> {
  const { signal, answers } = patience(body.length)
  const init = { method, headers, signal, cache: 'no-store', redirect: 'error' } as const
  try {
    const response = await options.fetch(path, body.length === 0 ? init : { ...init, body: ownBuffer(body) })
    answers()
    return response
  } catch {
    throw consoleError('console/offline', {})
  }
}

/** Until an answer begins, by the size of what is sent; from then on until it has ended. */
function patience(sizeBytes: number): { readonly signal: AbortSignal; answers(): void } {
  const silent = new AbortController()
  let hasAnswer = false
  const give = (ms: number, isOver: () => boolean): void =>
    AbortSignal.timeout(ms).addEventListener('abort', () => {
      if (isOver()) silent.abort()
    })
  give(patienceMs + Math.ceil(sizeBytes / bytesPerMs), () => !hasAnswer)
  give(bodyPatienceMs, () => true)
  const answers = (): void => {
    hasAnswer = true
  }
  return { signal: silent.signal, answers }
}

async function answered(response: Response, expected: Expected): Promise<Uint8Array> {
  if (response.ok) {
    if (!isAnswer(response, expected)) throw consoleError('console/offline', {})
    return wholeBody(response)
  }
  const { code, next, retryMs } = await problemOf(response)
  // Some proxies refuse what is too large in words of their own, and will again.
  if (code === unknown && response.status !== tooLarge) throw consoleError('console/offline', {})
  throw consoleError('console/refused', { code, status: response.status, next, retryMs })
}

const unknown = 'unknown'
const tooLarge = 413
const types = { json: 'application/json', bytes: bytesType, text: 'text/plain' } as const

const isAnswer = (response: Response, expected: Expected): boolean =>
  expected === 'nothing'
    ? response.status === 204
    : response.status === 200 && isOf(response, types[expected])

function isOf({ ok, headers }: Response, type: string): boolean {
  const [given = ''] = (headers.get('content-type') ?? '').split(';')
  return ok && given.trim().toLowerCase() === type
}

/** A body that breaks off is silence, too. */
async function wholeBody(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch {
    throw consoleError('console/offline', {})
  }
}

interface Problem {
  readonly code: string
  readonly next: string
  readonly retryMs: number
  readonly nowMs: number | null
}

/** What is no problem of the clinic comes from something in between. */
async function problemOf(response: Response): Promise<Problem> {
  try {
    const json = JsonObject.parse(await response.text())
    return {
      code: json.text('code'),
      next: json.has('next') ? json.text('next') : '',
      retryMs: json.has('retry_ms') ? json.count('retry_ms') : 0,
      nowMs: json.has('now_ms') ? json.count('now_ms') : null,
    }
  } catch {
    return { code: unknown, next: '', retryMs: 0, nowMs: null }
  }
}
