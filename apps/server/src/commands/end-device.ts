/** Ends a device from the machine of the clinic: of a stolen phone, after a restore, where no officer is left. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ChartsealError } from '@chartseal/core/errors'
import { noteEnd } from '../clinic/current-log.js'
import { wishEnd } from '../clinic/devices-to-end.js'
import { endDevice as end } from '../clinic/end-device.js'
import { noteEnded } from '../clinic/ended-devices.js'
import { openLog } from '../clinic/open-log.js'
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import { type Command, commandError, type Io } from '../command.js'
import { type DataFolder, type DataPaths, dataPaths, takeDataFolder } from '../data-folder.js'
import { requestError } from '../errors.js'
import type { OpenedStore, StoredDevice } from '../store.js'
import { endDeviceError } from './errors.js'
import { defaultFolder } from './serve.js'

export const endDevice: Command = {
  name: 'end-device',
  summary: 'end a device for ever, also while the server runs; without --kid, list those that may sign',
  example: 'chartseal-server end-device --data /var/lib/chartseal --kid KID',
  settings: ['data', 'database-url'],
  flags: { kid: { help: 'the key id of the device' } },
  async run(io, { config, own }) {
    const folder = config.data ?? defaultFolder(io)
    const data = await takenIfStopped(folder)
    try {
      const paths = dataPaths(folder)
      const store = await openPresentStore(paths, config.databaseUrl, io)
      try {
        const { kid } = own
        if (kid === undefined) await list(io, store)
        else if (data !== null) await endOne(io, store, paths, kid)
        else await endBesideServer(io, store, paths, kid)
        return 0
      } finally {
        await store.close()
      }
    } finally {
      await data?.release()
    }
  },
}

/** `null` while a server has it. */
async function takenIfStopped(folder: string): Promise<DataFolder | null> {
  try {
    return await takeDataFolder(folder)
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'data-folder/in-use') return null
    throw error
  }
}

const pageRows = 500

async function list(io: Io, { devices }: OpenedStore): Promise<void> {
  for (let afterKid = ''; ; ) {
    const page = await devices.list({ afterKid, limit: pageRows })
    for (const { kid, role, addedMs, endedMs } of page) {
      if (endedMs === null) io.out(`${kid} ${role} since ${new Date(addedMs).toISOString()}\n`)
    }
    afterKid = page.at(-1)?.kid ?? afterKid
    if (page.length < pageRows) return
  }
}

async function requireDevice(store: OpenedStore, kid: string): Promise<StoredDevice> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(kid))
    throw commandError('command/usage', { reason: 'The option --kid must be the key id of a device.' })
  const device = await store.devices.find(kid)
  if (device === null) throw requestError('device/missing', {})
  return device
}

const askMs = 500
const patienceMs = 60_000
/** A machine that stood still for a minute left the server no time either. */
const leastAsks = 8

/** The server has the log, so it is the server that ends the device. @throws ChartsealError `end-device/waiting` */
async function endBesideServer(io: Io, store: OpenedStore, paths: DataPaths, kid: string): Promise<void> {
  await requireClinic(store, paths)
  await requireDevice(store, kid)
  await wishEnd(store, kid)
  const untilMs = io.clock.nowMs() + patienceMs
  for (let asks = 0; asks < leastAsks || io.clock.nowMs() < untilMs; asks += 1) {
    if ((await requireDevice(store, kid)).endedMs !== null) {
      io.err(`${kid} has ended.\n`)
      return
    }
    await sleep(askMs)
  }
  throw endDeviceError('end-device/waiting', { kid })
}

async function endOne(io: Io, store: OpenedStore, paths: DataPaths, kid: string): Promise<void> {
  const { clock, random } = io
  const description = await requireClinic(store, paths)
  const device = await requireDevice(store, kid)
  if (device.endedMs === null) {
    let reason = ''
    const onLogFailure = (code: string): void => {
      reason = code
    }
    const log = await openLog(description, store, {
      paths,
      policy: null,
      clock,
      random,
      onLogFailure,
      onClockBack: () => undefined,
    })
    try {
      const noted = (one: string): Promise<void> => noteEnded(paths.endedDevices, [one])
      await end({ log, clock, noteEnded: noted, commit: work => store.inTx(work) }, '', kid)
      await noteEnd(store, log, description.logOrigin)
    } catch (error) {
      if (reason !== '') io.err(`The audit log takes nothing: ${reason}\n`)
      throw error
    } finally {
      await log.close()
    }
  }
  io.err(`${kid} has ended. Start the server again.\n`)
}
