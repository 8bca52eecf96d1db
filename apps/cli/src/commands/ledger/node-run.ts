import { join } from 'node:path'
import { toJsonText } from '@chartseal/core/json'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { pathOf, readBytes } from '../../io/files.js'
import { type ListenOptions, serve, withListen } from '../../io/http.js'
import { type Io, writeLine } from '../../io/io.js'
import { ownNode } from '../../io/ledger/node/own-node.js'
import { nodeHandler } from '../../io/ledger/node/serve.js'
import { parseServer } from '../conference/places.js'

interface RunOptions extends CommonOptions, ListenOptions {
  readonly folder: string
  readonly peer: readonly URL[]
  readonly depth?: number
  readonly workers?: number
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
  return withListen(command, defaultPort)
    .requiredOption('--folder <folder>', 'of `ledger node init`')
    .option('--peer <url>', 'another node; once for each', addPeer, [])
    .option(
      '--depth <blocks>',
      'take dispensings of what so many blocks stand on; without it none, as nothing here is final',
      parseCount(0, 1_000),
    )
    .option(
      '--workers <count>',
      'threads that mine, 1 to 256; default: as many as the machine runs',
      parseCount(1, 256),
    )
    .option('--no-mine', 'only check and hand on')
    .action((options: RunOptions) => run(io, options))
}

const addPeer = (text: string, before: readonly URL[]): readonly URL[] => [...before, parseServer(text)]

async function run(io: Io, options: RunOptions): Promise<void> {
  const { folder, peer: peers, depth, workers, mine, json = false } = options
  const genesis = await readBytes(io, join(pathOf(io, folder), 'genesis.cbor')).catch(() => {
    throw new UsageError(`${folder} must be a folder of ledger node init`)
  })
  const own = await ownNode(io, {
    ...{ folder: pathOf(io, folder), genesis, peers, mine },
    ...(depth === undefined ? {} : { depth }),
    ...(workers === undefined ? {} : { workers }),
  })
  try {
    const { cutBytes } = own
    if (cutBytes > 0) await writeLine(io.stderr, `${cutBytes} bytes of an interrupted write were cut.`)
    await serve(io, options, nodeHandler(own.served), url =>
      writeLine(io.stdout, json ? toJsonText({ url }) : `A ledger at ${url}; Ctrl-C ends it.`),
    )
  } finally {
    await own.close()
  }
}
