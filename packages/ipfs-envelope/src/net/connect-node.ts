import { type LookupAddress, lookup } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { forbidden, storeError } from '../stores/errors.js'
import type { Connect, FetchInit } from './port.js'

/** Not through `fetch`, which resolves the name once more, when the answer may have become another. */
export const connect: Connect = async (url, init, mayReach) => {
  const { hostname, protocol } = new URL(url)
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0 && !mayReach(address)) throw forbidden('it is in a private network')
  const request = protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const { method, signal } = init
    const headers = { 'accept-encoding': 'identity', ...init.headers }
    const sent = request(url, { method, headers, signal, lookup: guardedLookup(mayReach), agent: false })
    sent.on('error', error => reject(reasonOf(error, init)))
    sent.on('response', answer => resolve(toResponse(answer, method)))
    sendBody(sent, init.body)
  })
}

function sendBody(sent: ReturnType<typeof requestHttp>, body: FetchInit['body']): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) sent.end(body)
  else sent.destroy(new TypeError('body must be a string or bytes'))
}

function guardedLookup(mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0)
      const allowed = found.filter(({ address }) => mayReach(address))
      const [first] = allowed
      if (first === undefined) return callback(new Forbidden(), '', 0)
      if (options.all === true) Reflect.apply(callback, null, [null, allowed satisfies LookupAddress[]])
      else callback(null, first.address, first.family)
    })
  }
}

class Forbidden extends Error {}

function reasonOf(error: Error, { method, signal }: FetchInit): unknown {
  if (error instanceof Forbidden) return forbidden('its name leads into a private network')
  if (error instanceof TypeError) return error
  return signal.aborted ? signal.reason : storeError('remote/unreachable', { operation: method })
}

function toResponse(answer: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, headers: given } = answer
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) headers.set(name, [value].flat().join(', '))
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  if (!hasBody) answer.resume()
  return new Response(hasBody ? webStream(answer) : null, { status, headers })
}

function webStream(answer: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = answer[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(output) {
      const { done, value } = await pieces.next()
      if (done) output.close()
      else output.enqueue(Uint8Array.from(value))
    },
    cancel: () => void answer.destroy(),
  })
}
