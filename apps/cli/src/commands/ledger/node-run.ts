import { toJsonText } from '@chartseal/core/json'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand } from '../../io/command.js'
import { type ListenOptions, serve, withListen } from '../../io/http.js'
import { type Io, writeLine } from '../../io/io.js'
import { ownNode } from '../../io/ledger/node/own-node.js'
import { nodeHandler } from '../../io/ledger/node/serve.js'
import { parseServer } from '../conference/places.js'
import { genesisOf, type MiningOptions, withMining } from './node-folder.js'

interface RunOptions extends CommonOptions, ListenOptions, MiningOptions {
  readonly peer: readonly URL[]
  readonly mine: boolean
}

const defaultPort = 7_480

export function runNodeCommand(io: Io): Command {
  const command = describeCommand(
    'run',
    'Serve a ledger of your own, mine what is handed in, and take what other nodes have; Ctrl-C ends it',
    'chartseal ledger node run --folder node --depth 0',
    'chartseal ledger node run --folder other --port 7481 --peer http://127.0.0.1:7480 --no-mine',
  )
  return withMining(withListen(command, defaultPort))
    .option('--peer <url>', 'another node; once for each', addPeer, [])
    .option('--no-mine', 'only check and hand on')
    .action((options: RunOptions) => run(io, options))
}

const addPeer = (text: string, before: readonly URL[]): readonly URL[] => [...before, parseServer(text)]

async function run(io: Io, options: RunOptions): Promise<void> {
  const { peer: peers, json = false } = options
  const own = await ownNode(io, { ...options, ...(await genesisOf(io, options.folder)), peers })
  try {
    const { cutBytes, waiting } = own
    if (waiting > 0) await writeLine(io.stderr, `${waiting} records wait from before.`)
    if (cutBytes > 0) await writeLine(io.stderr, `${cutBytes} bytes of an interrupted write were cut.`)
    await serve(io, options, nodeHandler(own.served), url =>
      writeLine(io.stdout, json ? toJsonText({ url }) : `A ledger at ${url}; Ctrl-C ends it.`),
    )
  } finally {
    await own.close()
  }
}
