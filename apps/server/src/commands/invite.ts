import { invite as makeInvitation, openClinicStore, requireClinic } from '../clinic/setup.js'
import { type Command, commandError } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { invitedRoles } from '../http/names.js'
import { defaultFolder, originOf } from './serve.js'

export const invite: Command = {
  name: 'invite',
  summary: 'print a link that lets one device in, once, within seven days',
  example: 'chartseal-server invite --role patient --data /var/lib/chartseal',
  flags: { role: { help: `one of ${invitedRoles.join(', ')}` } },
  async run(io, { config, own }) {
    const role = invitedRoles.find(known => known === own['role'])
    if (role === undefined)
      throw commandError('command/usage', {
        reason: `The option --role must be one of ${invitedRoles.join(', ')}.`,
      })
    // Without the lock of the folder: the server may be running, and the store takes both.
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const store = await openClinicStore(paths, config.databaseUrl, io)
    try {
      await requireClinic(store, paths)
      const origin = config.origin ?? (await store.settings.get('origin')) ?? originOf(config)
      io.out(`${await makeInvitation(store, role, origin, io)}\n`)
      return 0
    } finally {
      await store.close()
    }
  },
}
