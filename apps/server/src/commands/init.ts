import { createClinic, openClinicStore } from '../clinic/setup.js'
import { type Command, commandError } from '../command.js'
import { takeDataFolder } from '../data-folder.js'
import { joinLedger } from '../ledger/genesis.js'
import { fetchGenesis } from '../ledger/http-peer.js'
import { defaultFolder, originOf } from './serve.js'

export const init: Command = {
  name: 'init',
  summary: 'make an empty clinic, and the key of its log',
  example:
    "chartseal-server init --data /var/lib/chartseal --name 'North Street' --origin https://clinic.example",
  flags: {
    name: { help: 'what people call the clinic' },
    ledger: {
      help: 'the origin of a clinic whose prescription ledger this one takes part in; by default it begins one',
    },
  },
  async run(io, { config, own }) {
    const { name, ledger } = own
    if (name === undefined)
      throw commandError('command/usage', { reason: 'The option --name must be given.' })
    const origin = originOf(config)
    const data = await takeDataFolder(config.data ?? defaultFolder(io))
    try {
      const store = await openClinicStore(data.paths, config.databaseUrl, io)
      try {
        if (ledger !== undefined) {
          const id = await joinLedger(store, await fetchGenesis(ledger, fetch))
          io.err(`It takes part in the ledger ${id}: compare that with whoever runs ${ledger}.\n`)
        }
        const { logOrigin } = await createClinic(store, data.paths, { name, origin }, io)
        await store.settings.set('origin', origin)
        io.out(`${data.paths.folder}\n`)
        io.err(
          `The log is named ${logOrigin}, for ever. Its key is ${data.paths.signingKey}: no backup has it.\n`,
        )
        io.err('Next: chartseal-server invite --role doctor, then chartseal-server serve\n')
        return 0
      } finally {
        await store.close()
      }
    } finally {
      await data.release()
    }
  },
}
