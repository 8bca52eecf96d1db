/** What this browser knows of itself and of its clinic before anybody unlocks it: nothing secret. */
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import type { Clinic } from '../api/answers.js'
import { consoleError } from '../errors.js'
import { type Rows, textOf } from '../store/rows.js'
import { type DeviceRole, roleIn } from './role.js'

export interface DeviceRow {
  /** The person, as others are told. */
  readonly name: string
  readonly role: DeviceRole
  readonly kid: string
  readonly mailbox: string
  readonly enrolledMs: number
  /** Since when it has this mailbox in place of another one; 0 when it always had it. */
  readonly movedMs: number
}

/** The clinic as it was at the first contact: another key of its log is taken later only when a person says so. */
export type PinnedClinic = Pick<Clinic, 'name' | 'origin' | 'log'> & {
  /** Keys of logs that the clinic had before: what they signed stays true. */
  readonly formerKeys: readonly string[]
}

/** The same clinic with a log that a person compared. */
export function withLog(clinic: PinnedClinic, log: PinnedClinic['log']): PinnedClinic {
  const { verifierKey } = clinic.log
  if (log.verifierKey === verifierKey) return clinic
  const former = [verifierKey, ...clinic.formerKeys].filter(key => key !== log.verifierKey)
  return { ...clinic, log, formerKeys: [...new Set(former)] }
}

const deviceKey = 'device'
const clinicKey = 'clinic'
const lastUnlockKey = 'last-unlock'

/** @throws ChartsealError `console/damaged-row` */
export function readDeviceRow(rows: Rows): Promise<DeviceRow | null> {
  return readJson(rows, deviceKey, json => ({
    name: json.text('name'),
    role: roleIn(json.text('role')),
    kid: json.text('kid'),
    mailbox: json.text('mailbox'),
    enrolledMs: json.count('enrolledMs'),
    movedMs: json.has('movedMs') ? json.count('movedMs') : 0,
  }))
}

/** @throws ChartsealError `console/damaged-row` */
export function readPinnedClinic(rows: Rows): Promise<PinnedClinic | null> {
  return readJson(rows, clinicKey, json => {
    const log = json.object('log')
    return {
      name: json.text('name'),
      origin: json.text('origin'),
      log: {
        origin: log.text('origin'),
        verifierKey: log.text('verifierKey'),
        policy: log.has('policy') ? log.text('policy') : null,
      },
      formerKeys: json.has('formerKeys') ? json.texts('formerKeys') : [],
    }
  })
}

async function readJson<Row>(rows: Rows, row: string, read: (json: JsonObject) => Row): Promise<Row | null> {
  const text = textOf(await rows.get(row))
  try {
    return text === null ? null : read(JsonObject.parse(text))
  } catch (error) {
    throw error instanceof ChartsealError ? consoleError('console/damaged-row', { row }) : error
  }
}

export function deviceChanges(
  device: DeviceRow,
  { name, origin, log, formerKeys }: PinnedClinic,
): readonly (readonly [string, string])[] {
  return [
    [deviceKey, JSON.stringify(device)],
    [clinicKey, JSON.stringify({ name, origin, log, formerKeys })],
  ]
}

export async function readLastUnlock(rows: Rows): Promise<number> {
  const text = textOf(await rows.get(lastUnlockKey))
  return text === null || !/^\d{1,15}$/.test(text) ? 0 : Number(text)
}

export async function writeLastUnlock(rows: Rows, nowMs: number): Promise<void> {
  await rows.write([[lastUnlockKey, `${nowMs}`]])
}
