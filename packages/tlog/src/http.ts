/** Answers over HTTP, within limits of bytes and of time: whoever answers may be hostile. */
import { concat } from '@chartseal/core/bytes'
import { piecesOf } from '@chartseal/core/streams'
import { systemTimer, type Timer } from './timer.js'

/** What is needed of a response: the body in pieces, as the Fetch standard has it. */
export interface FetchedFile {
  readonly status: number
  readonly url: string
  readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null
}

export interface FetchOptions {
  readonly redirect: 'error'
  readonly signal: AbortSignal
  readonly method?: 'POST'
  readonly body?: string
}

/** The `fetch` of the platform, or a stand-in for it. */
export type FetchLike = (url: string, options: FetchOptions) => Promise<FetchedFile>

export interface HttpLimits {
  /** Longer answers are refused while they arrive. */
  readonly limitBytes?: number
  /** From the request to the last byte of the answer. */
  readonly limitMs?: number
  readonly timer?: Timer
}

export interface HttpRequest {
  readonly url: string
  /** Sent with POST; without it the request is a GET. */
  readonly body?: string
}

/** One answer, whole. @throws Error with a reason for people: too long, too late, redirected, or what `fetch` throws */
export async function answerTo(
  { url, body }: HttpRequest,
  fetch: FetchLike,
  { limitBytes, limitMs, timer = systemTimer }: HttpLimits & { limitBytes: number; limitMs: number },
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  return within(limitMs, timer, async signal => {
    const post = body === undefined ? {} : { method: 'POST' as const, body }
    const response = await fetch(url, { redirect: 'error', signal, ...post })
    // A stand-in may follow redirects all the same; an empty `url` is one that does not say.
    if (response.url !== '' && response.url !== url) throw new Error('it was redirected')
    return { status: response.status, bytes: await bodyOf(response, limitBytes, signal) }
  })
}

async function within<Result>(
  limitMs: number,
  timer: Timer,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  let cancel = (): void => undefined
  // Not only by the signal: a stand-in for `fetch` may not look at it.
  const late = new Promise<never>((_, reject) => {
    cancel = timer.after(limitMs, () => reject(new Error(`no whole answer within ${limitMs} ms`)))
  })
  try {
    return await Promise.race([run(controller.signal), late])
  } finally {
    cancel()
    controller.abort()
  }
}

async function bodyOf({ body }: FetchedFile, limitBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of bodyPieces(body)) {
    sizeBytes += part.length
    if (sizeBytes > limitBytes) throw new Error(`it has more than ${limitBytes} bytes`)
    if (signal.aborted) throw new Error('nobody waits for it any more')
    parts.push(part)
  }
  return concat(...parts)
}

function bodyPieces(body: FetchedFile['body']): AsyncIterable<Uint8Array> {
  if (body === null) return none()
  return Symbol.asyncIterator in body ? body : piecesOf(body)
}

async function* none(): AsyncGenerator<Uint8Array> {}
