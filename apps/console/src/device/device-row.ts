/** What this browser knows of itself and of its clinic before anybody unlocks it: nothing secret. */
import { JsonObject } from '@chartseal/core/json'
import type { Clinic } from '../api/answers.js'
import { type Rows, textOf } from '../store/rows.js'

export interface DeviceRow {
  /** The person, as others are told. */
  readonly name: string
  readonly role: 'doctor' | 'patient'
  readonly kid: string
  readonly mailbox: string
  readonly enrolledMs: number
}

/** The clinic as it was at the first contact: another key of its log is not taken later. */
export type PinnedClinic = Pick<Clinic, 'name' | 'origin' | 'log'>

const deviceKey = 'device'
const clinicKey = 'clinic'
const lastUnlockKey = 'last-unlock'

export async function readDeviceRow(rows: Rows): Promise<DeviceRow | null> {
  const text = textOf(await rows.get(deviceKey))
  if (text === null) return null
  const json = JsonObject.parse(text)
  return {
    name: json.text('name'),
    role: json.text('role') === 'doctor' ? 'doctor' : 'patient',
    kid: json.text('kid'),
    mailbox: json.text('mailbox'),
    enrolledMs: json.count('enrolledMs'),
  }
}

export async function readPinnedClinic(rows: Rows): Promise<PinnedClinic | null> {
  const text = textOf(await rows.get(clinicKey))
  if (text === null) return null
  const json = JsonObject.parse(text)
  const log = json.object('log')
  return {
    name: json.text('name'),
    origin: json.text('origin'),
    log: {
      origin: log.text('origin'),
      verifierKey: log.text('verifierKey'),
      policy: log.has('policy') ? log.text('policy') : null,
    },
  }
}

export function deviceChanges(
  device: DeviceRow,
  { name, origin, log }: PinnedClinic,
): readonly (readonly [string, string])[] {
  return [
    [deviceKey, JSON.stringify(device)],
    [clinicKey, JSON.stringify({ name, origin, log })],
  ]
}

export async function readLastUnlock(rows: Rows): Promise<number> {
  const text = textOf(await rows.get(lastUnlockKey))
  return text === null || !/^\d{1,15}$/.test(text) ? 0 : Number(text)
}

export async function writeLastUnlock(rows: Rows, nowMs: number): Promise<void> {
  await rows.write([[lastUnlockKey, `${nowMs}`]])
}
