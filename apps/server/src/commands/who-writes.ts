/** Which of two servers writes the logs of their clinic. */
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import type { Command } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { writerIn } from '../store/who-writes.js'
import type { OpenedStore } from '../store.js'
import { defaultFolder } from './serve.js'

export const whoWrites: Command = {
  name: 'who-writes',
  summary: 'say which server on the database writes the logs',
  example: 'chartseal-server who-writes --data /var/lib/chartseal',
  flags: {},
  settings: ['data', 'database-url'],
  async run(io, { config }) {
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const store = await openPresentStore(paths, config.databaseUrl, io)
    try {
      await requireClinic(store, paths)
      io.out(await writerLine(store))
      return 0
    } finally {
      await store.close()
    }
  },
}

/** For an operator, who looks at the machine that it names. */
export async function writerLine(store: OpenedStore): Promise<string> {
  if (store.engine === 'sqlite') return 'one process writes: whichever has the data folder\n'
  const writer = await writerIn(store.db)
  if (writer === null) return 'nobody has written yet\n'
  const { number, holder, begunMs, isThere } = writer
  const since = `writer ${number}: ${holder}, since ${new Date(begunMs).toISOString()}`
  return isThere ? `${since}\n` : `${since}, which has ended: nobody writes now\n`
}
