import { encodeHex } from '@chartseal/core/encoding'
import type { ChainBlock } from '@chartseal/emr-ledger'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { genesisOf, type MiningOptions, withMining } from './node-folder.js'

export function mineCommand(io: Io): Command {
  const command = describeCommand(
    'mine',
    'Mine what waits in the folder of a node of your own, and end; node run does that while it serves',
    'chartseal ledger mine --folder node --depth 0',
    'chartseal ledger mine --v1 --chain ledger.log --miner 0123456789abcdef0123456789abcdef01234567 --difficulty 100000 rx.json --out block.json',
  )
  return withMining(command).action((options: CommonOptions & MiningOptions) => mine(io, options))
}

async function mine(io: Io, options: CommonOptions & MiningOptions): Promise<void> {
  const { folder, genesis } = await genesisOf(io, options.folder)
  // A whole node is loaded for one.
  const { ownedNode } = await import('../../io/ledger/node/own-node.js')
  const own = await ownedNode(io, { ...options, folder, genesis, mine: true })
  try {
    const blocks: ChainBlock[] = []
    for (let made = await own.served.node.tick(); made !== null; made = await own.served.node.tick())
      blocks.push(made)
    const text = blocks.length === 0 ? 'Nothing waits to be mined.\n' : blocks.map(lineOf).join('')
    const answer = blocks.map(({ height, id }) => ({ height: Number(height), id: encodeHex(id) }))
    await finish(io, options, { text, answer: { blocks: answer } })
  } finally {
    await own.close()
  }
}

const lineOf = ({ height, id }: ChainBlock): string => `Block ${height}  ${encodeHex(id)}\n`
