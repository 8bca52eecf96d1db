/** What the page does with keys: it speaks with the clinic, enrols, and opens what an unlocked device works with. */
import { type ClinicApi, clinicApi } from '../api/client.js'
import { deviceIdentity, nobody, type Signer } from '../api/identity.js'
import { clinicRequests, type Requests } from '../api/requests.js'
import { type DeviceRow, type PinnedClinic, readDeviceRow } from '../device/device-row.js'
import { type Enrolling, enrolDevice, forgetFailedTry } from '../device/enrol.js'
import { OwnRows } from '../device/own-rows.js'
import { consoleError } from '../errors.js'
import { sealedRows } from '../store/sealed-rows.js'
import { rowsUntil } from '../store/until-stopped.js'
import { atVault } from '../vault/vault.js'
import type { App } from './app.js'
import { openSession, type Session } from './session.js'

const never = new AbortController().signal

/** The first contact, of which the key of the log is kept. */
export async function meetClinic(app: App): Promise<PinnedClinic> {
  const { name, origin, log } = await clinicApi(requestsFor(app, nobody, never)).clinic()
  return { name, origin, log, formerKeys: [] }
}

/** Nothing is asked, and no answer is waited for, after `signal`. */
export async function apiOf(
  app: App,
  stopped: AbortSignal = never,
): Promise<{ readonly api: ClinicApi; readonly requests: Requests; readonly signer: Signer }> {
  const signer = await deviceIdentity(app.platform.rows, app.platform.locks)
  const requests = requestsFor(app, signer, stopped)
  return { signer, requests, api: clinicApi(requests) }
}

function requestsFor(app: App, signer: Signer, stopped: AbortSignal): Requests {
  const { platform } = app
  const { clock, random } = platform
  const fetch: typeof platform.fetch = async (input, init) => {
    const signal = AbortSignal.any([stopped, ...(init?.signal == null ? [] : [init.signal])])
    signal.throwIfAborted()
    return platform.fetch(input, { ...init, signal })
  }
  const wait = (ms: number): Promise<void> => platform.wait(ms, stopped)
  const origin = (): string => app.clinic.value?.origin ?? platform.origin
  return clinicRequests({ fetch, signer, clock, random, wait, origin })
}

/**
 * The keys of a new device and its enrolment.
 * @throws as `enrolDevice` and `forgetFailedTry`
 */
export async function enrolled(
  app: App,
  enrolling: Enrolling,
): Promise<{ readonly key: CryptoKey; readonly device: DeviceRow }> {
  const clinic = app.clinic.value ?? (await meetClinic(app))
  app.clinic.value = clinic
  return atVault(app.vault, async () => {
    await forgetFailedTry(app.vault, (await apiOf(app)).api, enrolling.passphrase)
    const { api, signer } = await apiOf(app)
    const nowMs = app.platform.clock.nowMs()
    return enrolDevice({ vault: app.vault, api, signer, clinic, nowMs }, enrolling)
  })
}

/**
 * What screens work with from now on.
 * @param key of the rows
 * @throws ChartsealError `console/locked` when another tab ended the device meanwhile, `console/damaged-row`
 */
export async function sessionOf(app: App, key: CryptoKey): Promise<Session> {
  const { platform } = app
  const { locks, hold, clock, random, argon2id } = platform
  const { wait, socket, beat, every, steadyMs, isSeen, painted } = platform
  const [device, clinic] = [app.device.value, app.clinic.value]
  if (device === null || clinic === null) throw consoleError('console/damaged-row', { row: 'device' })
  const stopping = new AbortController()
  const { api, requests, signer } = await apiOf(app, stopping.signal)
  const kept = rowsUntil(platform.rows, stopping.signal)
  const own = new OwnRows({ device, clinic }, { rows: kept, locks }, now => {
    app.device.value = now.device
    app.clinic.value = now.clinic
  })
  const rows = sealedRows(kept, key, random)
  const unlocked = { rows, locks, clock, random, argon2id }
  const leave = await platform.sessions.enter()
  stopping.signal.addEventListener('abort', leave, { once: true })
  const session = openSession({
    ...{ unlocked, api, requests, signer, own, stopping },
    ...{ hold, wait, socket, beat, every, steadyMs, isSeen, painted },
  })
  try {
    // Another tab may have ended the device meanwhile.
    if ((await readDeviceRow(platform.rows)) === null) throw consoleError('console/locked', {})
    await session.refresh()
  } catch (reason) {
    session.stop()
    throw reason
  }
  return session
}
