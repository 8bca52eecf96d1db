/** Reads a body within limits of bytes and of time. */
import type { IncomingMessage } from 'node:http'
import { requestError } from '../errors.js'

export interface BodyLimits {
  readonly maxBytes: number
  readonly maxMs: number
}

/**
 * The whole body of a request from a socket.
 * @throws ChartsealError `request/too-large` as soon as it is, `request/too-slow`, `request/cut-off`
 */
export function readIncoming(
  incoming: IncomingMessage,
  { maxBytes, maxMs }: BodyLimits,
): Promise<Uint8Array> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers
  if (Number(length ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  // RFC 9112 6.3: without either there is none.
  if (length === undefined && encoding === undefined) return Promise.resolve(new Uint8Array())
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let sizeBytes = 0
    const timer = setTimeout(() => done(requestError('request/too-slow', { limitMs: maxMs })), maxMs)
    const take = (part: Buffer): void => {
      sizeBytes += part.length
      if (sizeBytes > maxBytes) done(tooLarge(maxBytes))
      else parts.push(part)
    }
    const end = (): void => done(incoming.complete ? null : requestError('request/cut-off', {}))
    const cut = (): void => done(requestError('request/cut-off', {}))
    const done = (error: Error | null): void => {
      clearTimeout(timer)
      incoming.off('data', take).off('end', end).off('close', cut)
      if (error === null)
        resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts))
      else reject(error)
    }
    // An error of a request that is over tells nobody anything.
    incoming.on('data', take).on('end', end).on('close', cut).on('error', cut)
  })
}

/** The whole body of a request of the Fetch standard. @throws ChartsealError `request/too-large` */
export async function readRequest(request: Request, { maxBytes }: BodyLimits): Promise<Uint8Array> {
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  return body
}

function tooLarge(limitBytes: number): Error {
  return requestError('request/too-large', { limitBytes })
}
