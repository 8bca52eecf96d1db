/** Ends a device from the machine of the clinic: of a stolen phone, after a restore, where no officer is left. */
import { noteEnd } from '../clinic/current-log.js'
import { endDevice as end } from '../clinic/end-device.js'
import { noteEnded } from '../clinic/ended-devices.js'
import { openLog } from '../clinic/open-log.js'
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import { type Command, commandError, type Io } from '../command.js'
import { type DataPaths, takeDataFolder } from '../data-folder.js'
import { requestError } from '../errors.js'
import type { OpenedStore } from '../store.js'
import { defaultFolder } from './serve.js'

export const endDevice: Command = {
  name: 'end-device',
  summary: 'end a device for ever, while the server is stopped; without --kid, list those that may sign',
  example: 'chartseal-server end-device --data /var/lib/chartseal --kid KID',
  flags: { kid: { help: 'the key id of the device' } },
  async run(io, { config, own }) {
    const data = await takeDataFolder(config.data ?? defaultFolder(io))
    try {
      const store = await openPresentStore(data.paths, config.databaseUrl, io)
      try {
        const { kid } = own
        if (kid === undefined) await list(io, store)
        else await endOne(io, store, data.paths, kid)
        return 0
      } finally {
        await store.close()
      }
    } finally {
      await data.release()
    }
  },
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

async function endOne(io: Io, store: OpenedStore, paths: DataPaths, kid: string): Promise<void> {
  const { clock, random } = io
  const description = await requireClinic(store, paths)
  if (!/^[A-Za-z0-9_-]{43}$/.test(kid))
    throw commandError('command/usage', { reason: 'The option --kid must be the key id of a device.' })
  const device = await store.devices.find(kid)
  if (device === null) throw requestError('device/missing', {})
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
