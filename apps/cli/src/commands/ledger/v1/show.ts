import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import { type Block, blockToJson, type LedgerRecord, recordToJson } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, parseCount, withOutput } from '../../../io/command.js'
import { type Io, writeLine } from '../../../io/io.js'
import { type ExpectOptions, readingChain, withExpectations } from './chain-file.js'
import { readPatient } from './prescribe.js'

interface ShowOptions extends OutputOptions, ExpectOptions {
  readonly chain: string
  readonly from: number
  readonly patient?: string
  readonly patientKeyFile?: string
}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'Verify a chain and show its blocks, or the prescriptions of one patient',
    'chartseal ledger v1 show --chain ledger.log --from 2',
    'chartseal ledger v1 show --chain ledger.log --patient-key-file patient.pub',
  )
  return withExpectations(withOutput(command))
    .requiredOption('--chain <file>', 'the chain file')
    .option('--from <height>', 'the first block to show', parseCount(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--patient <hash>', 'only records for this hash of a patient key, 40 hexadecimal digits')
    .option('--patient-key-file <file>', 'only records for this patient key')
    .action((options: ShowOptions) =>
      options.patient === undefined && options.patientKeyFile === undefined
        ? showBlocks(io, options)
        : showPatient(io, options),
    )
}

async function showBlocks(io: Io, options: ShowOptions): Promise<void> {
  const { result: blocks, incompleteBytes } = await readingChain(
    io,
    options.chain,
    'must',
    options,
    async opened => collect(opened.blocks(BigInt(options.from))),
  )
  const text = blocks.length === 0 ? 'There are no blocks.\n' : blocks.map(describe).join('\n')
  await warnIncomplete(io, incompleteBytes)
  const answer = { blocks: blocks.map(blockToJson), incomplete_bytes: incompleteBytes }
  await finish(io, options, { text, answer })
}

async function showPatient(io: Io, options: ShowOptions): Promise<void> {
  const patientHash = await readPatient(io, options)
  const { result: records, incompleteBytes } = await readingChain(
    io,
    options.chain,
    'must',
    options,
    async opened => collect(opened.recordsOf(patientHash)),
  )
  const lines = records.map(({ height, record }) => `Block ${height}\n${describeRecord(record)}\n`)
  await warnIncomplete(io, incompleteBytes)
  await finish(io, options, {
    text: lines.length === 0 ? 'There are no prescriptions for this patient.\n' : lines.join('\n'),
    answer: {
      records: records.map(({ height, index, record }) => ({ height, index, record: recordToJson(record) })),
      incomplete_bytes: incompleteBytes,
    },
  })
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

async function warnIncomplete(io: Io, bytes: number): Promise<void> {
  if (bytes > 0) await writeLine(io.stderr, `The last ${bytes} bytes of the file are an incomplete block.`)
}

function describe(block: Block): string {
  return [
    `Block ${block.height}  ${encodeHex(block.blockId)}`,
    `  time ${timeOf(block)}, difficulty ${block.difficulty}, nonce ${block.nonce}, miner ${encodeHex(block.miner)}`,
    ...block.records.map(describeRecord),
    '',
  ].join('\n')
}

// A block may carry any 64-bit number; what is no date is shown as it is.
function timeOf({ timestamp }: Block): string {
  const ms = Number(timestamp) * 1000
  return ms <= 8_640_000_000_000_000 ? new Date(ms).toISOString().replace('.000', '') : `${timestamp}`
}

function describeRecord({ doctorHash, patientHash, nonce, prescription }: LedgerRecord): string {
  const doctor = encodeHex(doctorHash).slice(0, 8)
  const patient = encodeHex(patientHash).slice(0, 8)
  return `  doctor ${doctor}…, nonce ${nonce}, for patient ${patient}…: ${quoted(prescription)}`
}
