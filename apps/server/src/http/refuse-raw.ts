/** What is no request of HTTP/1.1, or none that is taken, is told so and leaves. */
import type { Socket } from 'node:net'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { defaultPooledRandom } from '@chartseal/core/system'
import { commonHeaders } from './answers.js'
import { isLeaving, sayLast } from './last-word.js'
import { isTaken } from './live-body.js'

const raw: { readonly [code: string]: readonly [status: string, code: string, next: string] } = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request/too-slow', 'Send the same request again.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'request/too-large', 'Send shorter headers.'],
}

/** Answers what Node refuses before there is a request. */
export function refuseRaw(
  error: Error & { readonly code?: string },
  socket: Socket & { _httpMessage?: unknown },
): void {
  if (isLeaving(socket)) return
  // An answer that has begun is not interrupted by another one.
  if (!socket.writable || socket._httpMessage || isTaken(socket)) {
    socket.destroy()
    return
  }
  const [status, code, next] = raw[error.code ?? ''] ?? [
    '400 Bad Request',
    'request/invalid',
    'Send HTTP/1.1.',
  ]
  const request = encodeBase64Url(defaultPooledRandom().bytes(16))
  const number = Number(status.slice(0, 3))
  const body = JSON.stringify({
    type: `urn:chartseal:${code}`,
    status: number,
    code,
    title: status,
    next,
    request,
  })
  const headers = {
    ...commonHeaders,
    'content-type': 'application/problem+json',
    'content-length': `${body.length}`,
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  sayLast(socket, [`HTTP/1.1 ${status}`, ...head, '', body].join('\r\n'))
}
