/** A device at a clinic's server: it signs each request. API: docs/spec/clinic-api.md. */
import { signRequest, thumbprintOf } from '@chartseal/clinic/signed-request'
import { ownBuffer } from '@chartseal/core/bytes'
import { type SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { Io } from '../../io/io.js'

const patienceMs = 15_000

export class ClinicClient {
  readonly kid: string
  readonly #key: SigningKey
  readonly #base: URL
  readonly #io: Pick<Io, 'clock' | 'random'>
  /** What the clinic is called in what is signed; `null` until it was asked. */
  #origin: string | null = null
  /** By how much the clinic's clock is ahead. */
  #offsetMs = 0

  constructor(base: URL, key: SigningKey, io: Pick<Io, 'clock' | 'random'>) {
    this.#base = base
    this.#key = key
    this.#io = io
    this.kid = thumbprintOf(verifyingKeyOf(key))
  }

  /** Enrols this device by a one-time invitation; the same again does nothing. @throws as {@link ClinicClient.put} */
  async enrol(invitation: string): Promise<JsonObject> {
    const identity = verifyingKeyOf(this.#key)
    // Nobody has the secret of it: this device takes part in no pairing by way of the server.
    const noise = defaultEngine().sha256(identity)
    const keys = { identity: encodeBase64Url(identity), noise: encodeBase64Url(noise) }
    return this.put(`/v1/devices/${this.kid}`, { v: 1, invitation, ...keys })
  }

  /** @throws as {@link ClinicClient.put} */
  async get(path: string): Promise<JsonObject> {
    return JsonObject.parse(await this.#ask('GET', path, new Uint8Array(), null))
  }

  /** What the clinic says of itself to everybody. @throws as {@link ClinicClient.put} */
  async about(): Promise<JsonObject> {
    return JsonObject.parse(textOf(await replyOf(await this.#fetch('/v1/clinic', {}))))
  }

  /** @throws ChartsealError with the code of the clinic for what it refuses; Error for what may work later */
  async put(path: string, body: { readonly [field: string]: string | number }): Promise<JsonObject> {
    return this.putJson(path, encodeUtf8(JSON.stringify(body)))
  }

  /** @param body JSON as bytes @throws as {@link ClinicClient.put} */
  async putJson(path: string, body: Uint8Array): Promise<JsonObject> {
    return JsonObject.parse(await this.#ask('PUT', path, body, 'application/json'))
  }

  /** @param body at least one byte @throws as {@link ClinicClient.put} */
  async putBytes(path: string, body: Uint8Array): Promise<JsonObject> {
    return JsonObject.parse(await this.#ask('PUT', path, body, 'application/octet-stream'))
  }

  /** @throws as {@link ClinicClient.put} */
  async delete(path: string): Promise<void> {
    await this.#ask('DELETE', path, new Uint8Array(), null)
  }

  /** A clock that differs is answered with the clinic's: one try more. */
  async #ask(method: string, path: string, body: Uint8Array, type: string | null): Promise<string> {
    const first = await this.#send(method, path, body, type)
    if (first.problem?.text('code') !== 'signature/stale') return textOf(first)
    this.#offsetMs = first.problem.count('now_ms') - this.#io.clock.nowMs()
    return textOf(await this.#send(method, path, body, type))
  }

  async #send(method: string, path: string, body: Uint8Array, contentType: string | null): Promise<Reply> {
    const { clock, random } = this.#io
    this.#origin ??= await this.#askOrigin()
    const signer = { kid: this.kid, sign: (message: Uint8Array) => sign(this.#key, message) }
    const theirClock = { nowMs: () => clock.nowMs() + this.#offsetMs }
    const url = `${this.#origin}${path}`
    const signed = await signRequest({ method, url, body }, signer, { clock: theirClock, random })
    const type = contentType === null ? {} : { 'content-type': contentType }
    return replyOf(await this.#fetch(path, { method, body: bodyOf(body), headers: { ...signed, ...type } }))
  }

  async #askOrigin(): Promise<string> {
    return (await this.about()).text('origin')
  }

  /** Nobody was there, or the answer did not come: that is no fault of the command line. */
  #fetch(path: string, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(patienceMs)
    return fetch(new URL(path, this.#base), { ...init, signal }).catch((error: unknown) => {
      throw new Error(`${this.#base.origin} does not answer`, { cause: error })
    })
  }
}

/** The link of an invitation ends with it. */
export const tokenOf = (text: string): string => text.trim().replace(/^.*#invite=/, '')

/** Of a conference at a clinic. */
export const conferencePath = (id: Uint8Array): string => `/v1/conferences/${encodeBase64Url(id)}`

interface Reply {
  readonly text: string
  readonly problem: JsonObject | null
  /** Whether the same may be taken later. */
  readonly isPassing: boolean
}

async function replyOf(response: Response): Promise<Reply> {
  const text = decodeUtf8(new Uint8Array(await response.arrayBuffer()))
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
  const isPassing = response.status >= 500 || response.status === 429
  if (!response.ok && !isProblem) throw new Error(`the clinic answers ${response.status}`)
  return { text, problem: isProblem ? JsonObject.parse(text) : null, isPassing }
}

function textOf({ text, problem, isPassing }: Reply): string {
  if (problem === null) return text
  const [title, code] = [problem.text('title'), problem.text('code')]
  // What is judged keeps its code, also where witnesses may come back.
  const isJudged = !isPassing || code.startsWith('break-glass/')
  throw isJudged ? new ChartsealError(code, title, {}) : new Error(title)
}

const bodyOf = (body: Uint8Array): Uint8Array<ArrayBuffer> | null =>
  body.length === 0 ? null : ownBuffer(body)
