/** What is no request of HTTP/1.1, or none that is taken, is told so and leaves. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { requestError } from '../errors.js'
import { commonHeaders } from './answers.js'
import { isLeaving, sayLast } from './last-word.js'
import { isTaken } from './live-body.js'
import { type Problem, problemOf } from './problems.js'

export interface RawLimits {
  readonly headersMs: number
  readonly headerBytes: number
}

/** By Node's own codes. */
function refusalOf(code: string | undefined, { headersMs, headerBytes }: RawLimits): Error {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return requestError('request/too-slow', { limitMs: headersMs })
  if (code === 'HPE_HEADER_OVERFLOW')
    return requestError('request/headers-too-large', { limitBytes: headerBytes })
  return requestError('request/invalid', { fields: ['$'] })
}

/** Answers what Node refuses before there is a request. */
export function refuseRaw(
  error: Error & { readonly code?: string },
  socket: Socket & { _httpMessage?: unknown },
  limits: RawLimits,
): void {
  if (isLeaving(socket)) return
  // An answer that has begun is not interrupted by another one.
  if (!socket.writable || socket._httpMessage || isTaken(socket)) {
    socket.destroy()
    return
  }
  // Its own time is told of a 401 alone.
  const problem = problemOf(
    refusalOf(error.code, limits),
    encodeBase64Url(defaultPooledRandom().bytes(16)),
    0,
  )
  sayLast(socket, problem === null ? '' : rawAnswer(problem))
}

/** A refusal as bytes of HTTP/1.1, for a socket that Node has let go. */
export function rawAnswer({
  status,
  body,
  headers: own,
}: Pick<Problem, 'status' | 'body' | 'headers'>): string {
  const headers = {
    ...commonHeaders,
    ...own,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'content-length': `${Buffer.byteLength(body)}`,
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...head, '', body].join('\r\n')
}
