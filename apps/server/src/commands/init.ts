import { readFile } from 'node:fs/promises'
import { attempt } from '@chartseal/core/files'
import { decodeGenesis } from '@chartseal/emr-ledger'
import { createClinic, openClinicStore } from '../clinic/setup.js'
import { readPolicy } from '../clinic/witness-policy.js'
import { type Command, commandError } from '../command.js'
import { takeDataFolder } from '../data-folder.js'
import { joinLedger } from '../ledger/genesis.js'
import { fetchGenesis } from '../ledger/http-peer.js'
import { makeLedgerKeys } from '../ledger/keys.js'
import { requireWitnessesOf, setLedgerPolicy, witnessRuleOf } from '../ledger/witnesses.js'
import { whoSigns } from '../log-signers/holders.js'
import { filesIn } from '../log-signers/words.js'
import { verifierOf } from './check-backup.js'
import { defaultFolder, originOf } from './serve.js'

export const init: Command = {
  name: 'init',
  summary: 'make an empty clinic, and the key of its log',
  example:
    "chartseal-server init --data /var/lib/chartseal --name 'North Street' --origin https://clinic.example",
  settings: ['data', 'origin', 'database-url'],
  flags: {
    name: { help: 'what people call the clinic' },
    ledger: {
      help: 'the origin of a clinic whose prescription ledger this one takes part in; by default it begins one',
    },
    genesis: { help: 'the file that ledger genesis wrote, of the ledger that this clinic takes part in' },
    'ledger-witnesses': {
      help: 'a file with the C2SP policy of those who cosign the log of the ledger that this clinic seals',
    },
    'log-group': {
      help: 'where officers hold the key of the log: what log-signer finish gave each of them, with commas in between; by default the server makes it',
    },
    'ledger-id': { help: 'the id that the ledger must have, as whoever made it says' },
  },
  async run(io, { config, own }) {
    const { name, ledger, genesis, 'ledger-id': ledgerId, 'ledger-witnesses': witnesses } = own
    if (name === undefined)
      throw commandError('command/usage', { reason: 'The option --name must be given.' })
    const origin = originOf(config)
    const policy = await readPolicy(witnesses ?? null)
    const logGroup = await filesIn(own, 'log-group')
    // Before anything is made.
    witnessRuleOf(policy)
    const data = await takeDataFolder(config.data ?? defaultFolder(io))
    try {
      const store = await openClinicStore(data.paths, config.databaseUrl, io)
      try {
        const joined = await genesisAt({ ledger, genesis })
        if (joined !== null && policy !== null) requireWitnessesOf(decodeGenesis(joined), policy)
        if (policy !== null) await setLedgerPolicy(store, policy)
        if (joined !== null) {
          const id = await joinLedger(store, joined, ledgerId)
          await makeLedgerKeys(data.paths, new URL(origin).host, io.random)
          io.err(
            `It takes part in the ledger ${id}: compare that with whoever ${ledger === undefined ? 'made it' : `runs ${ledger}`}.\n`,
          )
        }
        const { logOrigin } = await createClinic(store, data.paths, { name, origin, logGroup }, io)
        await store.settings.set('origin', origin)
        io.out(`${data.paths.folder}\n`)
        io.err(`The log is named ${logOrigin}, for ever. ${whoSigns(logGroup, data.paths)}`)
        const { verifierKey } = await verifierOf(data.paths.signingKey, logOrigin)
        io.err(`Witnesses know it by ${verifierKey}\n`)
        const place = config.data === null ? '' : ` --data ${quoted(config.data)}`
        io.err(`Next: chartseal-server invite${place} --role doctor, then chartseal-server serve${place}\n`)
        return 0
      } finally {
        await store.close()
      }
    } finally {
      await data.release()
    }
  },
}

/** As a shell takes it. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

/** What the ledger that a clinic takes part in begins with; `null` for one that begins its own. */
async function genesisAt({
  ledger,
  genesis,
}: {
  readonly ledger: string | undefined
  readonly genesis: string | undefined
}): Promise<Uint8Array | null> {
  if (ledger !== undefined && genesis !== undefined)
    throw commandError('command/usage', {
      reason: 'The options --ledger and --genesis must not be given together.',
    })
  if (genesis !== undefined) return attempt('read', () => readFile(genesis), genesis)
  return ledger === undefined ? null : fetchGenesis(ledger, fetch)
}
