/** Devices that the operator ends while the server runs: the command leaves a wish in the store, the server fulfils it. */
import type { Store, Tables } from '../store.js'
import type { Clinic } from './clinic.js'
import { endDevice } from './end-device.js'

const settingName = 'devices-to-end'

async function read({ settings }: Pick<Tables, 'settings'>): Promise<readonly string[]> {
  return ((await settings.get(settingName)) ?? '').split(' ').filter(kid => kid !== '')
}

/** Asks the server that runs to end a device. */
export function wishEnd(store: Store, kid: string): Promise<void> {
  return store.inTx(async tables => {
    const kids = new Set([...(await read(tables)), kid])
    await tables.settings.set(settingName, [...kids].join(' '))
  })
}

/**
 * Ends the devices that the operator asked for, each with its entry. What the log refuses stays a wish.
 * @throws ChartsealError `server/log`, `store/…`
 */
export async function endWished(clinic: Clinic): Promise<void> {
  const { store, log, clock, writes, turns, directory, events, noteEnded, ledger } = clinic
  for (const kid of await read(store)) {
    await turns.take(`device ${kid}`, async () => {
      const device = await store.devices.find(kid)
      if (device !== null && device.endedMs === null)
        await endDevice({ log, clock, noteEnded, commit: work => writes.commit(work) }, '', kid)
      directory.forget(kid)
      events.endDevice(kid)
      ledger.peopleChanged()
    })
    await store.inTx(async tables => {
      const rest = (await read(tables)).filter(other => other !== kid)
      await tables.settings.set(settingName, rest.join(' '))
    })
  }
}
