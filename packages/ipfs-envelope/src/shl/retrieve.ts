/** Asking a server, guarded: only URLs of `requireAskable`, answers of a bounded size, redirects only where they are harmless. */
import { concat } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { piecesOf } from '@chartseal/core/streams'
import { shlError } from './errors.js'
import { isLocal, requireAskable } from './url.js'

/** `fetch` of the platform, or what stands in its place. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface RetrieveOptions {
  readonly fetch: Fetch
  /** Ends everything; after two minutes by default. */
  readonly signal?: AbortSignal
  /** Whether servers of this machine may be asked: only for a link that is known to be of one. No by default. */
  readonly local?: boolean
}

export interface Asked {
  readonly method: 'GET' | 'POST'
  /** JSON. */
  readonly body?: string
  readonly maxBytes: number
}

const timeoutMs = 120_000
const maxRedirects = 3

/**
 * The text of an answer with status 200. A GET follows three redirects, each to a URL that may be asked; a POST follows none,
 * as it would hand the passcode to another server. Browsers do not show where a redirect leads: there none is followed.
 * @throws ChartsealError `shl/bad-url`, `shl/unreachable`, `shl/redirect-refused`, `shl/wrong-passcode`, `shl/not-active`,
 * `shl/too-many-requests`, `shl/unexpected-answer`, `shl/too-large`, `encoding/invalid`
 */
export async function retrieve(text: string, asked: Asked, options: RetrieveOptions): Promise<string> {
  const { signal, local = false } = inTime(options)
  let url = requireAskable(text, local)
  for (let redirects = 0; ; redirects++) {
    const response = await ask(url, asked, options.fetch, signal)
    const target = redirectOf(response)
    if (target === null) return textOf(response, url, asked)
    if (asked.method === 'POST') throw redirectRefused(url, 'a passcode may be in the request')
    if (redirects === maxRedirects) throw redirectRefused(url, `there are more than ${maxRedirects}`)
    if (target === '') throw redirectRefused(url, 'it does not say where')
    await response.body?.cancel().catch(() => undefined)
    const next = URL.canParse(target, url) ? new URL(target, url).href : target
    url = requireAskable(next, local && isLocal(url))
  }
}

/** One end for everything that is asked with these options. */
export function inTime<Options extends RetrieveOptions>(
  options: Options,
): Options & { readonly signal: AbortSignal } {
  return { ...options, signal: options.signal ?? AbortSignal.timeout(timeoutMs) }
}

async function ask(url: URL, { method, body }: Asked, fetch: Fetch, signal: AbortSignal): Promise<Response> {
  const content = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }
  const init = {
    method,
    ...content,
    redirect: 'manual',
    credentials: 'omit',
    signal,
    referrerPolicy: 'no-referrer',
  } as const
  try {
    return await fetch(url.href, init)
  } catch {
    throw shlError('shl/unreachable', { host: url.host })
  }
}

/** `null` for an answer that is none; empty for one that does not say where, as all do in browsers. */
function redirectOf({ type, status, headers }: Response): string | null {
  if (type === 'opaqueredirect') return ''
  return [301, 302, 303, 307, 308].includes(status) ? (headers.get('location') ?? '') : null
}

async function textOf(response: Response, { host }: URL, { maxBytes }: Asked): Promise<string> {
  if (response.status !== 200) throw await refusalOf(response, host)
  return decodeUtf8(await bodyOf(response, host, maxBytes))
}

async function bodyOf(response: Response, host: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body === null ? [] : piecesOf(response.body)) {
      size += chunk.length
      if (size > maxBytes) break
      chunks.push(chunk)
    }
  } catch {
    throw shlError('shl/unreachable', { host })
  }
  if (size > maxBytes) throw shlError('shl/too-large', { what: 'answer of the server', maxBytes })
  return concat(...chunks)
}

const maxRefusalBytes = 4_096

async function refusalOf(response: Response, host: string): Promise<Error> {
  const { status } = response
  if (status === 401) {
    const body = await bodyOf(response, host, maxRefusalBytes).catch(() => null)
    return wrongPasscode(body === null ? -1 : remainingIn(body))
  }
  await response.body?.cancel().catch(() => undefined)
  if (status === 404) return shlError('shl/not-active', { host })
  if (status === 429) return tooMany(host, secondsIn(response))
  return shlError('shl/unexpected-answer', { host, status })
}

function wrongPasscode(remainingAttempts: number): Error {
  const told = remainingAttempts < 0 ? '' : `; wrong ones that the link still takes: ${remainingAttempts}`
  return shlError('shl/wrong-passcode', { remainingAttempts, told })
}

function tooMany(host: string, retryAfterSeconds: number): Error {
  const told = retryAfterSeconds < 0 ? '' : `: wait ${retryAfterSeconds} seconds`
  return shlError('shl/too-many-requests', { host, retryAfterSeconds, told })
}

function remainingIn(body: Uint8Array): number {
  try {
    return JsonObject.parse(decodeUtf8(body)).count('remainingAttempts')
  } catch {
    return -1
  }
}

function secondsIn({ headers }: Response): number {
  const text = headers.get('retry-after') ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : -1
}

const redirectRefused = ({ host }: URL, reason: string): Error =>
  shlError('shl/redirect-refused', { host, reason })
