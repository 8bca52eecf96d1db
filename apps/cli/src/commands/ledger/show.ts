import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import { type Block, blockToJson, type LedgerRecord } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { parseCount } from '../../io/count.js'
import type { Io } from '../../io/io.js'
import { type ExpectOptions, withChain, withExpectations } from './chain-file.js'

interface ShowOptions extends OutputOptions, ExpectOptions {
  readonly chain: string
  readonly from: number
}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'Verify a chain and show its blocks with their prescriptions',
    'chartseal ledger show --chain ledger.log --from 2',
  )
  return withExpectations(withOutput(command))
    .requiredOption('--chain <file>', 'the chain file')
    .option('--from <height>', 'the first block to show', parseCount(0, Number.MAX_SAFE_INTEGER), 0)
    .action(async (options: ShowOptions) => {
      const { chain, from } = options
      const blocks = await withChain(io, chain, 'must', options, async opened => {
        const all: Block[] = []
        for await (const block of opened.blocks(BigInt(from))) all.push(block)
        return all
      })
      const text = blocks.length === 0 ? 'There are no blocks.\n' : blocks.map(describe).join('\n')
      await finish(io, options, { text, answer: { blocks: blocks.map(blockToJson) } })
    })
}

function describe(block: Block): string {
  return [
    `Block ${block.height}  ${encodeHex(block.blockId)}`,
    `  time ${block.timestamp}, difficulty ${block.difficulty}, nonce ${block.nonce}, miner ${encodeHex(block.miner)}`,
    ...block.records.map(describeRecord),
    '',
  ].join('\n')
}

function describeRecord({ doctorHash, patientHash, nonce, prescription }: LedgerRecord): string {
  const [doctor, patient] = [doctorHash, patientHash].map(hash => encodeHex(hash).slice(0, 8))
  return `  doctor ${doctor}…, nonce ${nonce}, for patient ${patient}…: ${quoted(prescription)}`
}
