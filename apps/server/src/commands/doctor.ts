/** Looks at a running clinic as its devices see it: through the origin, with all proxies in between. */

import { type Check, checkClinic, roomCheck } from '../clinic/checks.js'
import { freeBytesOf } from '../clinic/room.js'
import { invite as makeInvitation, openPresentStore, requireClinic } from '../clinic/setup.js'
import type { Command, Io } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { signerChecks } from '../log-signers/checks.js'
import { defaultFolder, originOf } from './serve.js'
import { writerLine } from './who-writes.js'

export const doctor: Command = {
  name: 'doctor',
  summary: 'check a running clinic through its public address, and say what to change',
  example: 'chartseal-server doctor --data /var/lib/chartseal',
  flags: {},
  settings: ['data', 'origin', 'database-url'],
  async run(io, { config }) {
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const store = await openPresentStore(paths, config.databaseUrl, io)
    try {
      if (store.warning !== null) io.err(`${store.warning}\n`)
      const { logOrigin } = await requireClinic(store, paths)
      if (store.engine === 'postgres') io.out(`      ${await writerLine(store)}`)
      const room = await roomCheck(() => freeBytesOf(paths.folder))
      io.out(lineOf(room))
      if (!room.isRight) return ended(io, 1)
      const origin = config.origin ?? (await store.settings.get('origin')) ?? originOf(config)
      const link = await makeInvitation(store, 'patient', origin, io)
      const failed = await told(io, [
        checkClinic(origin, link.slice(link.indexOf('=') + 1), io),
        signerChecks(paths, logOrigin),
      ])
      return ended(io, failed)
    } finally {
      await store.close()
    }
  },
}

function ended(io: Io, failed: number): number {
  io.err(failed === 0 ? 'All is well.\n' : `${failed} to change.\n`)
  return failed === 0 ? 0 : 1
}

/** How many are wrong. */
async function told(io: Io, all: readonly AsyncIterable<Check>[]): Promise<number> {
  let failed = 0
  for (const checks of all) {
    for await (const check of checks) {
      io.out(lineOf(check))
      if (!check.isRight) failed++
    }
  }
  return failed
}

function lineOf({ what, isRight, change }: Check): string {
  return isRight ? `ok    ${what}\n` : `wrong ${what}: ${change}\n`
}
