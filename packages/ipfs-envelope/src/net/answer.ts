/** Answers that may never come, or never end. */
import { concat } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { storeError } from '../stores/errors.js'
import type { Fetch, FetchInit } from './port.js'

export interface Call {
  readonly fetch: Fetch
  /** For whoever reads the error. */
  readonly operation: string
  /** For the head of the answer, and for each piece of it. */
  readonly timeoutMs: number
}

export interface TimedAnswer {
  readonly status: number
  /** Ends the request when the reader stops. */
  body(): AsyncGenerator<Uint8Array>
  /** The whole body. @throws ChartsealError `remote/bad-answer` when it is longer */
  bytes(maxBytes: number): Promise<Uint8Array>
  /** Ends the request. */
  drop(): Promise<void>
}

/** @throws ChartsealError `remote/timeout`, `remote/unreachable`, `remote/forbidden-address`; the body too */
export async function send(
  { fetch, operation, timeoutMs }: Call,
  url: string,
  init: Omit<FetchInit, 'signal'>,
): Promise<TimedAnswer> {
  const ended = new AbortController()
  const within = <T>(work: Promise<T>): Promise<T> =>
    withinTime(work, timeoutMs, () => {
      const error = storeError('remote/timeout', { operation, timeoutMs })
      ended.abort(error)
      return error
    })
  const answer = await within(fetch(url, { ...init, signal: ended.signal }).catch(named(operation)))
  const reader = answer.body?.getReader()
  async function* body(): AsyncGenerator<Uint8Array> {
    if (reader === undefined) return
    try {
      for (;;) {
        const { done, value } = await within(reader.read().catch(named(operation)))
        if (done) return
        yield value
      }
    } finally {
      ended.abort()
    }
  }
  return {
    status: answer.status,
    body,
    bytes: maxBytes => bounded(body(), operation, maxBytes),
    async drop() {
      ended.abort()
      await reader?.cancel().catch(() => undefined)
    },
  }
}

/** What came of `work`, or what `late` gives when nothing has come by then. */
function withinTime<T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** What `fetch` throws says little, and not of which request. */
function named(operation: string): (error: unknown) => never {
  return error => {
    throw error instanceof Error && 'code' in error && `${error.code}`.startsWith('remote/')
      ? error
      : storeError('remote/unreachable', { operation })
  }
}

async function bounded(
  pieces: AsyncGenerator<Uint8Array>,
  operation: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of pieces) {
    sizeBytes += piece.length
    if (sizeBytes > maxBytes) {
      throw storeError('remote/bad-answer', { operation, reason: `more than ${maxBytes} bytes` })
    }
    parts.push(piece)
  }
  return concat(...parts)
}

/** The other side's word in one short line; it may be anything. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' ? 'no reason given' : line.slice(0, 160)
}

/** {@link shortened} of bytes that should be text. */
export function wordOf(bytes: Uint8Array): string {
  try {
    return shortened(decodeUtf8(bytes))
  } catch {
    return shortened('')
  }
}
