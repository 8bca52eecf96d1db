/** Reads a body within limits of bytes, of time and of memory. */
import type { IncomingMessage } from 'node:http'
import { Shares } from '../clinic/shares.js'
import { requestError } from '../errors.js'
import { retryMs } from './problems.js'

export interface BodyLimits {
  readonly maxBytes: number
  readonly maxMs: number
}

/** What the bodies of all requests that are not answered yet may hold of memory, and those of one network. */
export function bodyShares(): Shares {
  return new Shares(134_217_728, 33_554_432)
}

/** What one request holds of it. */
export class BodyRoom {
  readonly #shares: Shares
  readonly #network: string
  #heldBytes = 0

  constructor(shares: Shares, network: string) {
    this.#shares = shares
    this.#network = network
  }

  /** @throws ChartsealError `server/busy` */
  grow(byBytes: number): void {
    if (!this.#shares.take(this.#network, byBytes)) throw requestError('server/busy', { retryMs })
    this.#heldBytes += byBytes
  }

  /** Once, when nobody needs the body any more. */
  leave(): void {
    this.#shares.give(this.#network, this.#heldBytes)
    this.#heldBytes = 0
  }
}

const leastBytes = 4_096

/** Parts are copied, as each would keep alive all that came with it. */
class Parts {
  readonly #mostBytes: number
  readonly #room: BodyRoom
  #buffer = Buffer.alloc(0)
  #size = 0

  constructor(mostBytes: number, room: BodyRoom) {
    this.#mostBytes = mostBytes
    this.#room = room
  }

  /** Whether it fits. @throws ChartsealError `server/busy` */
  add(part: Buffer): boolean {
    const needed = this.#size + part.length
    if (needed > this.#mostBytes) return false
    if (needed > this.#buffer.length) this.#grow(needed)
    part.copy(this.#buffer, this.#size)
    this.#size = needed
    return true
  }

  whole(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }

  #grow(needed: number): void {
    const size = Math.min(this.#mostBytes, Math.max(needed, 2 * this.#buffer.length, leastBytes))
    this.#room.grow(size - this.#buffer.length)
    const larger = Buffer.allocUnsafeSlow(size)
    this.whole().copy(larger)
    this.#buffer = larger
  }
}

/**
 * The whole body of a request from a socket.
 * @throws ChartsealError `request/too-large` as soon as it is, `request/too-slow`, `request/cut-off`, `server/busy`
 */
export function readIncoming(
  incoming: IncomingMessage,
  { maxBytes, maxMs }: BodyLimits,
  room: BodyRoom,
): Promise<Uint8Array> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers
  if (Number(length ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  // RFC 9112 6.3: without either there is none.
  if (length === undefined && encoding === undefined) return Promise.resolve(new Uint8Array())
  const parts = new Parts(encoding === undefined ? Number(length) : maxBytes, room)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(requestError('request/too-slow', { limitMs: maxMs })), maxMs)
    const take = (part: Buffer): void => {
      try {
        if (!parts.add(part)) done(tooLarge(maxBytes))
      } catch (error) {
        done(error)
      }
    }
    const end = (): void => done(incoming.complete ? null : requestError('request/cut-off', {}))
    const cut = (): void => done(requestError('request/cut-off', {}))
    const done = (error: unknown): void => {
      clearTimeout(timer)
      incoming.off('data', take).off('end', end).off('close', cut)
      if (error === null) resolve(parts.whole())
      else reject(error)
    }
    // An error of a request that is over tells nobody anything.
    incoming.on('data', take).on('end', end).on('close', cut).on('error', cut)
  })
}

/** The whole body of a request of the Fetch standard. @throws ChartsealError `request/too-large`, `server/busy` */
export async function readRequest(
  request: Request,
  { maxBytes }: Pick<BodyLimits, 'maxBytes'>,
  room: BodyRoom,
): Promise<Uint8Array> {
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  room.grow(body.length)
  return body
}

function tooLarge(limitBytes: number): Error {
  return requestError('request/too-large', { limitBytes })
}
