/** A device of a clinic: it signs each request, and keeps what it sent as whoever listens would have it. */
import { signRequest, thumbprintOf } from '@chartseal/clinic/signed-request'
import { ownBuffer } from '@chartseal/core/bytes'
import { type SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'
import type { ClinicServer } from './server.js'

/** A request as it crosses the wire. */
export interface WireRequest {
  readonly method: string
  /** From the first slash on. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Reply {
  readonly status: number
  /** `accepted`, or the code of the refusal. */
  readonly code: string
  readonly text: string
}

export type Address = Pick<ClinicServer, 'origin' | 'address'>

/** Sends it as it is, whoever made it. */
export async function deliver({ address }: Pick<Address, 'address'>, request: WireRequest): Promise<Reply> {
  const { method, path, headers, body } = request
  const content = body.length === 0 ? null : ownBuffer(body)
  const answer = await fetch(`${address}${path}`, { method, headers, body: content })
  const text = decodeUtf8(new Uint8Array(await answer.arrayBuffer()))
  const isRefusal = answer.headers.get('content-type') === 'application/problem+json'
  const code = isRefusal ? JsonObject.parse(text).text('code') : answer.ok ? 'accepted' : `${answer.status}`
  return { status: answer.status, code, text }
}

export const unsigned = (method: string, path: string): WireRequest => ({
  method,
  path,
  headers: {},
  body: new Uint8Array(),
})

export class ClinicDevice {
  readonly kid: string
  readonly #key: SigningKey
  readonly #at: Address
  readonly #world: { readonly clock: Clock; readonly random: Random }

  /** @param world `clock` as the clinic has it */
  constructor(key: SigningKey, at: Address, world: { readonly clock: Clock; readonly random: Random }) {
    this.#key = key
    this.#at = at
    this.#world = world
    this.kid = thumbprintOf(verifyingKeyOf(key))
  }

  async signed(method: string, path: string, body: Uint8Array = new Uint8Array()): Promise<WireRequest> {
    const signer = { kid: this.kid, sign: (message: Uint8Array) => sign(this.#key, message) }
    const url = `${this.#at.origin}${path}`
    const headers = await signRequest({ method, url, body }, signer, this.#world)
    const isJson = path.startsWith('/v1/devices/') || path.startsWith('/v1/conferences/')
    const type = isJson ? 'application/json' : 'application/octet-stream'
    return {
      method,
      path,
      body,
      headers: { ...headers, ...(body.length > 0 ? { 'content-type': type } : {}) },
    }
  }

  async ask(method: string, path: string, body?: Uint8Array): Promise<Reply> {
    return deliver(this.#at, await this.signed(method, path, body))
  }

  /** The same device with another clock. */
  withClock(clock: Clock): ClinicDevice {
    return new ClinicDevice(this.#key, this.#at, { ...this.#world, clock })
  }

  /** The request that lets it in. `identity`: another key than its own, for a thief. */
  enrolment(invitation: string, identity: SigningKey = this.#key): Promise<WireRequest> {
    const noise = encodeBase64Url(this.#world.random.bytes(32))
    const keys = { identity: encodeBase64Url(verifyingKeyOf(identity)), noise }
    const path = `/v1/devices/${thumbprintOf(verifyingKeyOf(identity))}`
    return this.signed('PUT', path, encodeUtf8(JSON.stringify({ v: 1, invitation, ...keys })))
  }
}
