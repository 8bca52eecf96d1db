/** The clinic as the page sees it: each call is one operation of docs/spec/clinic-api.md. */
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { ConsoleErrors } from '../errors.js'
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
import type { Requests } from './requests.js'

export interface ClinicApi {
  clinic(): Promise<Clinic>
  enrol(keys: EnrolKeys): Promise<Enrolled>
  endDevice(): Promise<void>
  putStep(slot: string, step: string, bytes: Uint8Array): Promise<void>
  /** What the other side put there, once; `null` while there is nothing after `waitSeconds`. */
  takeStep(slot: string, step: string, waitSeconds: number): Promise<Uint8Array | null>
  deposit(box: string, id: string, bytes: Uint8Array): Promise<void>
  /** Whether the other side's device has it. */
  isDelivered(box: string, id: string): Promise<boolean>
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
    clinic: async () => readClinic(await json(requests.open('GET', '/v1/clinic'))),
    enrol: async keys =>
      readEnrolled(
        await json(requests.signed('PUT', `/v1/devices/${keys.kid}`, bodyOf(keys), 'application/json')),
      ),
    endDevice: async () => {
      await requests.signed('DELETE', `/v1/devices/${requests.kid}`)
    },
    putStep: async (slot, step, bytes) => {
      await requests.open('PUT', `/v1/slots/${slot}/${step}`, bytes)
    },
    takeStep: (slot, step, seconds) =>
      unless('slot/empty', requests.open('GET', `/v1/slots/${slot}/${step}?wait=${seconds}`)),
    deposit: async (box, id, bytes) => {
      await requests.signed('PUT', `/v1/mailboxes/${box}/${id}`, bytes)
    },
    isDelivered: async (box, id) => {
      try {
        const answer = await json(requests.signed('GET', `/v1/mailboxes/${box}/${id}`))
        return answer.text('state') === 'delivered'
      } catch (error) {
        // What was acknowledged is forgotten in the end; what was not is kept.
        if (refusalOf(error) === 'mailbox/no-message') return true
        if (boxesGone.includes(refusalOf(error) ?? '')) return false
        throw error
      }
    },
    list: async (box, after) =>
      readMessages(await json(requests.signed('GET', `/v1/mailboxes/${box}?after=${after}`)), after),
    acknowledge: async (box, id) => {
      await requests.signed('DELETE', `/v1/mailboxes/${box}/${id}`)
    },
    entries: async after =>
      readEntries(
        await json(requests.signed('GET', `/v1/entries?limit=200${after === null ? '' : `&after=${after}`}`)),
      ),
    receipt: async id => {
      const bytes = await unless('entry/not-published', requests.signed('GET', `/v1/entries/${id}/receipt`))
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    events: (listener, signal) => requests.events('/v1/events', listener, signal),
  }
}

const boxesGone = ['mailbox/ended', 'mailbox/missing']

function bodyOf({ invitation, identity, noise }: EnrolKeys): Uint8Array {
  const keys = { identity: encodeBase64Url(identity), noise: encodeBase64Url(noise) }
  return encodeUtf8(JSON.stringify({ v: 1, invitation, ...keys }))
}

type Refused = ChartsealError<'console/refused', ConsoleErrors['console/refused']>

/** Whether the clinic said no, and with which code, status and wait. */
export function isRefused(error: unknown): error is Refused {
  return error instanceof ChartsealError && error.code === 'console/refused'
}

/** The code of a refusal of the clinic, or `null` for any other error. */
export const refusalOf = (error: unknown): string | null => (isRefused(error) ? error.context.code : null)

const gone = ['device/ended', 'device/missing', 'signature/unknown-key']

/** Whether the clinic says that it does not know this device, or not any more. */
export const isGone = (error: unknown): boolean => gone.includes(refusalOf(error) ?? '')

export function isOffline(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'console/offline'
}

async function unless(code: string, asked: Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await asked
  } catch (error) {
    if (refusalOf(error) === code) return null
    throw error
  }
}
