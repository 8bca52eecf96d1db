/** The answers of a clinic, read strictly where the page relies on them. Tables: docs/spec/clinic-api.md. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { type DeviceRole, roleIn } from '../device/role.js'
import { consoleError } from '../errors.js'

export interface Clinic {
  readonly name: string
  /** What every signed request names. */
  readonly origin: string
  readonly nowMs: number
  readonly log: { readonly origin: string; readonly verifierKey: string; readonly policy: string | null }
  readonly messageBytes: number
  readonly console: { readonly sha256: string; readonly index: number } | null
}

export function readClinic(json: JsonObject): Clinic {
  const log = json.object('log')
  const page = json.has('console') ? json.object('console') : null
  return {
    name: json.text('name'),
    origin: json.text('origin'),
    nowMs: json.count('now_ms'),
    log: {
      origin: log.text('origin'),
      verifierKey: log.text('verifier_key'),
      policy: log.has('policy') ? log.text('policy') : null,
    },
    messageBytes: json.object('limits').count('message_bytes'),
    console: page === null ? null : { sha256: page.text('sha256'), index: page.count('index') },
  }
}

export interface Enrolled {
  readonly kid: string
  readonly role: DeviceRole
  readonly mailbox: string
}

export function readEnrolled(json: JsonObject): Enrolled {
  return { kid: json.text('kid'), role: roleIn(json.text('role')), mailbox: json.text('mailbox') }
}

/** One message of the own mailbox, as the server keeps it. */
export interface Deposited {
  readonly position: number
  readonly id: string
  readonly bytes: Uint8Array
}

/** @throws ChartsealError `console/bad-answer` unless positions grow from `after` on */
export function readMessages(
  json: JsonObject,
  after: number,
): {
  readonly messages: readonly Deposited[]
  readonly more: boolean
} {
  const messages = json.objects('messages').map(one => ({
    position: one.count('position'),
    id: one.text('id'),
    bytes: decodeBase64Url(one.text('body')),
  }))
  requireGrowing([after, ...messages.map(({ position }) => position)], 'position')
  return { messages, more: json.boolean('more') }
}

/** Whoever asks for what comes behind the last would ask for ever. @throws ChartsealError `console/bad-answer` */
export function requireGrowing(numbers: readonly number[], field: string): void {
  if (numbers.some((number, i) => i > 0 && number <= (numbers[i - 1] ?? 0)))
    throw consoleError('console/bad-answer', { field })
}

/** One entry of the log in which this device is a party. */
export interface ListedEntry {
  readonly index: number
  readonly id: string
  /** 32 bytes. */
  readonly salt: Uint8Array
  readonly entry: Uint8Array
}

/** Entries that clients sealed are left out: they are of other screens. */
export function readEntries(json: JsonObject): {
  readonly entries: readonly ListedEntry[]
  readonly last: number | null
  readonly more: boolean
} {
  const all = json.objects('entries')
  const entries = all
    .filter(one => one.has('salt'))
    .map(one => ({
      index: one.count('index'),
      id: one.text('id'),
      salt: decodeBase64Url(one.text('salt')),
      entry: decodeBase64Url(one.text('entry')),
    }))
  return { entries, last: all.at(-1)?.count('index') ?? null, more: json.boolean('more') }
}
