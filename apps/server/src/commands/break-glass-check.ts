import { decodeUtf8 } from '@chartseal/core/encoding'
import { verifyCheckpoint, verifyError } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { checkQueue } from '../break-glass/check.js'
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import type { Command } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { verifierOf } from './check-backup.js'
import { defaultFolder } from './serve.js'

export const breakGlassCheck: Command = {
  name: 'break-glass check',
  summary: 'compare every request of break-glass with the audit log, beside a running server or without',
  example: 'chartseal-server break-glass check --data /var/lib/chartseal',
  flags: {},
  settings: ['data', 'database-url'],
  async run(io, { config }) {
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const store = await openPresentStore(paths, config.databaseUrl, io)
    try {
      const { logOrigin: origin } = await requireClinic(store, paths)
      const source = folderSource(paths.log)
      const note = await source.read('checkpoint')
      if (note === null) throw verifyError('verify/no-checkpoint', {})
      const log = await verifierOf(paths.signingKey, origin)
      const head = verifyCheckpoint(decodeUtf8(note), { log })
      const { sets, requests, events, notLookedUp, findings } = await checkQueue(store, {
        origin,
        source,
        head,
      })
      for (const finding of findings) io.out(`wrong ${finding}\n`)
      io.out(`${sets} sets, ${requests} requests, ${events} events\n`)
      if (notLookedUp > 0)
        io.err(`${notLookedUp} entries are newer than the published checkpoint, or in a former log.\n`)
      io.err(
        findings.length === 0
          ? 'Each is in the log, and nothing is missing.\n'
          : 'Do not change anything: keep a copy, and ask the witnesses.\n',
      )
      return findings.length === 0 ? 0 : 1
    } finally {
      await store.close()
    }
  },
}
