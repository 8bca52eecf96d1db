/** The clinic as the page sees it: each call is one operation of docs/spec/clinic-api.md. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { consoleError } from '../errors.js'
import {
  type Clinic,
  type Deposited,
  type Enrolled,
  type ListedEntry,
  readClinic,
  readEnrolled,
  readEntries,
  readMessages,
} from './answers.js'
import type { EventListener } from './event-stream.js'
import { refusalOf } from './refusals.js'
import type { Requests } from './requests.js'

export interface ClinicApi {
  clinic(): Promise<Clinic>
  enrol(keys: EnrolKeys): Promise<Enrolled>
  endDevice(): Promise<void>
  putStep(slot: string, step: string, bytes: Uint8Array): Promise<void>
  /** What the other side put there, once; `null` while there is nothing after `waitSeconds`. */
  takeStep(slot: string, step: string, waitSeconds: number): Promise<Uint8Array | null>
  deposit(box: string, id: string, bytes: Uint8Array): Promise<void>
  /** What the clinic says of a message that it stored. */
  stateOf(box: string, id: string): Promise<StoredState>
  list(
    box: string,
    after: number,
  ): Promise<{ readonly messages: readonly Deposited[]; readonly more: boolean }>
  acknowledge(box: string, id: string): Promise<void>
  entries(after: number | null): Promise<{
    readonly entries: readonly ListedEntry[]
    readonly last: number | null
    readonly more: boolean
  }>
  /** `null` while the log has not published it yet. */
  receipt(id: string): Promise<string | null>
  /** Tells the listener until the signal, or until the stream ends; rejects when it breaks. */
  events(listener: EventListener, signal: AbortSignal): Promise<void>
}

/**
 * It waits there; the other side's device has it; there is no such message, because it was fetched long ago or the clinic
 * lost it; or there is no such mailbox any more.
 */
export type StoredState = 'stored' | 'delivered' | 'missing' | 'no-box'

export interface EnrolKeys {
  readonly kid: string
  readonly invitation: string
  /** Ed25519, 32 bytes. */
  readonly identity: Uint8Array
  /** X25519, 32 bytes. */
  readonly noise: Uint8Array
}

export function clinicApi(requests: Requests): ClinicApi {
  const json = async (bytes: Promise<Uint8Array>): Promise<JsonObject> =>
    JsonObject.parse(new TextDecoder().decode(await bytes))
  return {
    clinic: async () => readClinic(await json(requests.open('GET', '/v1/clinic', 'json'))),
    enrol: async keys =>
      readEnrolled(
        await json(
          requests.signed('PUT', `/v1/devices/${keys.kid}`, 'json', bodyOf(keys), 'application/json'),
        ),
      ),
    endDevice: async () => {
      await requests.signed('DELETE', `/v1/devices/${requests.kid}`, 'nothing')
    },
    putStep: async (slot, step, bytes) => {
      await requests.open('PUT', `/v1/slots/${slot}/${step}`, 'json', bytes)
    },
    takeStep: (slot, step, seconds) =>
      unless('slot/empty', requests.open('GET', `/v1/slots/${slot}/${step}?wait=${seconds}`, 'bytes')),
    deposit: async (box, id, bytes) => {
      const answer = await requests.signed('PUT', `/v1/mailboxes/${box}/${id}`, 'json', bytes)
      if (!isStored(answer)) throw consoleError('console/offline', {})
    },
    stateOf: async (box, id) => {
      try {
        const answer = await json(requests.signed('GET', `/v1/mailboxes/${box}/${id}`, 'json'))
        return answer.text('state') === 'delivered' ? 'delivered' : 'stored'
      } catch (error) {
        const code = refusalOf(error)
        if (code === 'mailbox/no-message') return 'missing'
        if (code !== null && boxesGone.includes(code)) return 'no-box'
        throw error
      }
    },
    list: async (box, after) =>
      readMessages(await json(requests.signed('GET', `/v1/mailboxes/${box}?after=${after}`, 'json')), after),
    acknowledge: async (box, id) => {
      await requests.signed('DELETE', `/v1/mailboxes/${box}/${id}`, 'nothing')
    },
    entries: async after =>
      readEntries(
        await json(
          requests.signed('GET', `/v1/entries?limit=200${after === null ? '' : `&after=${after}`}`, 'json'),
        ),
      ),
    receipt: async id => {
      const bytes = await unless(
        'entry/not-published',
        requests.signed('GET', `/v1/entries/${id}/receipt`, 'text'),
      )
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    events: (listener, signal) => requests.events('/v1/events', listener, signal),
  }
}

/** A message counts as stored on the clinic's own word alone: what it says of it is there. */
function isStored(answer: Uint8Array): boolean {
  try {
    const json = JsonObject.parse(new TextDecoder().decode(answer))
    return json.count('position') > 0 && json.count('stored_ms') > 0
  } catch {
    return false
  }
}

const boxesGone = ['mailbox/ended', 'mailbox/missing']

function bodyOf({ invitation, identity, noise }: EnrolKeys): Uint8Array {
  const keys = { identity: encodeBase64Url(identity), noise: encodeBase64Url(noise) }
  return encodeUtf8(JSON.stringify({ v: 1, invitation, ...keys }))
}

async function unless(code: string, asked: Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await asked
  } catch (error) {
    if (refusalOf(error) === code) return null
    throw error
  }
}
