/** The public halves of the two ledger keys of a clinic, for whoever makes the genesis or proposes a roster. */
import { readLogKey } from '@chartseal/clinic/fs/log'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { replaceFile } from '@chartseal/core/files'
import { keyIdOf } from '@chartseal/emr-ledger'
import { openPresentStore, requireClinic } from '../clinic/setup.js'
import { type Command, type Io, required } from '../command.js'
import type { Config } from '../config.js'
import { dataPaths, makeDataFolder } from '../data-folder.js'
import { makeLedgerKeys } from '../ledger/keys.js'
import { keysText } from '../ledger/travel.js'
import { defaultFolder, originOf } from './serve.js'

export const ledgerKeys: Command = {
  name: 'ledger keys',
  summary: 'write the public halves of the ledger keys of this clinic, which are made where there are none',
  example:
    "chartseal-server ledger keys --data DATA --origin https://clinic.example --name 'North Street' --out north.json",
  settings: ['data', 'origin', 'database-url'],
  flags: {
    name: { help: 'what people call the clinic; needed before init' },
    out: { help: 'the file to write' },
  },
  async run(io, { config, own }) {
    const out = required(own, 'out')
    const paths = dataPaths(config.data ?? defaultFolder(io))
    const { name, origin } =
      own['name'] === undefined
        ? await described(io, config)
        : { name: own['name'], origin: originOf(config) }
    const { host } = new URL(origin)
    await makeDataFolder(paths)
    await makeLedgerKeys(paths, host, io.random)
    using sealing = await readLogKey(paths.ledgerKey)
    using registering = await readLogKey(paths.registrarKey)
    const [sealer, registrar] = [verifyingKeyOf(sealing), verifyingKeyOf(registering)]
    await replaceFile(out, Buffer.from(keysText({ name, host, sealer, registrar })), { mode: 0o644 })
    io.out(`${out}\n`)
    const [seals, registers] = [sealer, registrar].map(key => encodeBase64Url(keyIdOf('Ed25519', key)))
    io.err(
      `The key that seals is ${seals}, the registrar's ${registers}: whoever takes the file compares them with you.\n`,
    )
    return 0
  },
}

async function described(
  io: Io,
  config: Config,
): Promise<{ readonly name: string; readonly origin: string }> {
  const paths = dataPaths(config.data ?? defaultFolder(io))
  const store = await openPresentStore(paths, config.databaseUrl, io)
  try {
    const { name } = await requireClinic(store, paths)
    return { name, origin: config.origin ?? (await store.settings.get('origin')) ?? originOf(config) }
  } finally {
    await store.close()
  }
}
