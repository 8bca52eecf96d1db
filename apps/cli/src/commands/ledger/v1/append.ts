import { blockFromJson } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../../io/command.js'
import { inFile, readJson } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { type ExpectOptions, withChain, withExpectations } from './chain-file.js'

interface AppendOptions extends CommonOptions, ExpectOptions {
  readonly chain: string
}

export function appendCommand(io: Io): Command {
  const command = describeCommand(
    'append',
    'Verify a block and add it to a chain; it is on the disk when the command ends',
    'chartseal ledger v1 append --chain ledger.log block.json',
  )
  return withExpectations(command)
    .requiredOption('--chain <file>', 'the chain file; it is made where there is none')
    .argument('[block]', 'a block, one JSON object; - is stdin', '-')
    .action(async (file: string, options: AppendOptions) => {
      const json = await readJson(io, file)
      const block = await inFile(file, () => blockFromJson(json))
      await withChain(io, options.chain, options, chain => chain.append(block))
      const { height, blockId, records } = block
      const text = `Block ${height} is in the chain, with ${records.length} records.\n`
      await finish(io, options, { text, answer: { height, block_id: blockId, records: records.length } })
    })
}
