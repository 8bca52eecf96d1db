import { invitations as makeInvitations, openPresentStore, requireClinic } from '../clinic/setup.js'
import { type Command, commandError } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { invitedRoles } from '../http/names.js'
import { defaultFolder, originOf } from './serve.js'

const mostLinks = 10_000

export const invite: Command = {
  name: 'invite',
  summary: 'print a link that lets one device in, once, within seven days',
  example: 'chartseal-server invite --role patient --data /var/lib/chartseal',
  settings: ['data', 'origin', 'database-url'],
  flags: {
    role: { help: `one of ${invitedRoles.join(', ')}` },
    count: { help: `how many links, one a line: 1 to ${mostLinks}` },
  },
  async run(io, { config, own }) {
    const role = invitedRoles.find(known => known === own['role'])
    if (role === undefined)
      throw commandError('command/usage', {
        reason: `The option --role must be one of ${invitedRoles.join(', ')}.`,
      })
    const count = countOf(own['count'] ?? '1')
    // Without the lock of the folder: the server may be running, and the store takes both.
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const store = await openPresentStore(paths, config.databaseUrl, io)
    try {
      if (store.warning !== null) io.err(`${store.warning}\n`)
      await requireClinic(store, paths)
      const origin = config.origin ?? (await store.settings.get('origin')) ?? originOf(config)
      const links = await makeInvitations(store, { role, origin, count }, io)
      io.out(links.map(link => `${link}\n`).join(''))
      return 0
    } finally {
      await store.close()
    }
  },
}

function countOf(text: string): number {
  const count = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= mostLinks) return count
  throw commandError('command/usage', {
    reason: `The option --count must be a whole number from 1 to ${mostLinks}.`,
  })
}
