import { concat } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { verifyError } from '../verify-errors.js'
import { maxFileBytes, type TileSource } from './source.js'

/** What is needed of a response: the body in pieces, as the Fetch standard has it. */
export interface FetchedFile {
  readonly status: number
  readonly url: string
  readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null
}

/** The `fetch` of the platform, or a stand-in for it. */
export type FetchLike = (url: string, options: { readonly redirect: 'error' }) => Promise<FetchedFile>

export interface HttpSourceOptions {
  /** Longer answers are refused while they arrive. */
  readonly limitBytes?: number
}

/**
 * A log that a web server serves below `prefix`. No redirect is followed, and an answer from elsewhere is refused;
 * 404 and 410 mean that there is no such file.
 * @throws TypeError for a prefix that is not an http(s) URL without query and fragment
 */
export function httpSource(prefix: string, fetch: FetchLike, options: HttpSourceOptions = {}): TileSource {
  const { limitBytes = maxFileBytes } = options
  const base = baseOf(prefix)
  return {
    async read(path) {
      const url = new URL(path, base).href
      const response = await answerOf(path, () => fetch(url, { redirect: 'error' }))
      // A stand-in may follow redirects all the same; an empty `url` is one that does not say.
      if (response.url !== '' && response.url !== url) throw unreadable(path, 'it was redirected')
      if (response.status === 404 || response.status === 410) return null
      if (response.status !== 200) throw unreadable(path, `status ${response.status}`)
      return await answerOf(path, () => bodyOf(path, response, limitBytes))
    },
  }
}

function baseOf(prefix: string): string {
  const url = new URL(prefix)
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('the prefix of a log is an http(s) URL without query and fragment')
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

async function bodyOf(path: string, { body }: FetchedFile, limitBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of piecesOf(body)) {
    sizeBytes += part.length
    if (sizeBytes > limitBytes) throw unreadable(path, `it has more than ${limitBytes} bytes`)
    parts.push(part)
  }
  return concat(...parts)
}

function piecesOf(body: FetchedFile['body']): AsyncIterable<Uint8Array> {
  if (body === null) return none()
  return Symbol.asyncIterator in body ? body : readAll(body)
}

async function* none(): AsyncGenerator<Uint8Array> {}

// Not every browser can iterate over a ReadableStream.
async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

/** What the network throws becomes `verify/unreadable`. */
async function answerOf<Answer>(path: string, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ChartsealError) throw error
    throw unreadable(path, error instanceof Error ? error.message : 'the connection failed')
  }
}

function unreadable(path: string, reason: string): Error {
  return verifyError('verify/unreadable', { path, reason })
}
