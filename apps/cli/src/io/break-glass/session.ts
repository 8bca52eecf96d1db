/** A device at its clinic, with what it has pinned: what every command of break-glass begins with. */
import {
  breakGlassError,
  type EmergencySet,
  type EmergencyState,
  parseEmergencySet,
  replayEmergency,
  type SealedShare,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'
import { sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ClinicClient } from '../../commands/conference/clinic-client.js'
import { parseServer } from '../../commands/conference/places.js'
import type { CommonOptions } from '../command.js'
import { readOwnerKey } from '../envelope/owner.js'
import type { Io } from '../io.js'
import { logOf, newestRoster, readTrust, requireSameClinic, rosterIn, type Trust } from './trust.js'

export interface DeviceOptions extends CommonOptions {
  readonly server: URL
  readonly key: string
}

export interface SessionOptions extends DeviceOptions {
  readonly trust: string
}

export function withDevice(command: Command): Command {
  return command
    .addOption(new Option('--server <url>', 'the clinic').argParser(parseServer).makeOptionMandatory())
    .requiredOption('--key <file>', 'the key of this device, of conference device')
}

export function withSession(command: Command): Command {
  return withDevice(command).requiredOption(
    '--trust <file>',
    'what this device has pinned of the clinic, of break-glass trust',
  )
}

export interface DeviceSession {
  readonly client: ClinicClient
  /** Of this device. */
  readonly kid: string
  readonly signatory: Signatory
}

export interface Session extends DeviceSession {
  readonly trust: Trust
  /** The newest, which follows from the pinned one. */
  readonly roster: Roster
}

export async function useDevice<Result>(
  io: Io,
  { server, key: file }: DeviceOptions,
  work: (session: DeviceSession) => Promise<Result>,
): Promise<Result> {
  using key = await readOwnerKey(io, file)
  const client = new ClinicClient(server, key, io)
  const signatory = { verifyingKey: verifyingKeyOf(key), sign: (bytes: Uint8Array) => sign(key, bytes) }
  return await work({ client, kid: client.kid, signatory })
}

/** @throws ChartsealError `cli/trust`, `cli/other-clinic`, `roster/…`, the code of the clinic for what it refuses */
export function useSession<Result>(
  io: Io,
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return useDevice(io, options, async device => {
    const trust = await readTrust(io, options.trust)
    await requireSameClinic(device.client, trust, options.trust)
    const roster = rosterIn(await newestRoster(device.client, trust))
    return work({ ...device, trust, roster })
  })
}

const idPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** The id of a request or a set. */
export function parseEmergencyId(text: string): string {
  if (!idPattern.test(text))
    throw new InvalidArgumentError('It must be an id of 22 characters, as list prints it.')
  return text
}

export interface ShownRequest {
  readonly row: JsonObject
  /** From its set to its newest event, everything checked. */
  readonly state: EmergencyState
}

export const requestPath = (id: string): string => `/v1/breakglass/${id}`

/** @throws ChartsealError `break-glass/…`, the code of the clinic for what it refuses */
export async function fetchRequest({ client, trust }: Session, id: string): Promise<ShownRequest> {
  return checkedRequest(trust, id, await client.get(requestPath(id)))
}

/**
 * Nothing of an answer is believed, and what is signed next is about no other request.
 * @param id that was asked for
 * @throws ChartsealError `break-glass/…`
 */
export function checkedRequest(trust: Trust, id: string, row: JsonObject): ShownRequest {
  const events = row.objects('events').map(event => ({
    bytes: decodeBase64Url(event.text('statement')),
    entry: decodeBase64Url(event.text('entry')),
    salt: decodeBase64Url(event.text('salt')),
    receipt: event.has('receipt') ? event.text('receipt') : null,
  }))
  const set = decodeBase64Url(row.text('set_statement'))
  const state = replayEmergency(set, events, { origin: trust.origin, ...logOf(trust) })
  requireAsked(state.request, id)
  return { row, state }
}

function requireAsked(
  { content }: Statement<{ readonly kind: string; readonly id: Uint8Array }>,
  id: string,
): void {
  if (encodeBase64Url(content.id) !== id)
    throw breakGlassError('break-glass/other-request', { what: content.kind })
}

export interface FetchedSet {
  readonly row: JsonObject
  readonly statement: Statement<EmergencySet>
  /** Of this device. */
  readonly share: SealedShare | null
}

/** @throws ChartsealError `break-glass/…`, the code of the clinic for what it refuses */
export async function fetchSet({ client }: DeviceSession, id: string): Promise<FetchedSet> {
  const row = await client.get(`/v1/breakglass/sets/${id}`)
  const share = row.has('share') ? decodeBase64Url(row.text('share')) : null
  const statement = parseEmergencySet(decodeBase64Url(row.text('set')))
  requireAsked(statement, id)
  return { row, statement, share }
}
