import { decodeHex } from '@chartseal/core/encoding'
import { toJsonText } from '@chartseal/core/json'
import {
  applyRecords,
  type BlockDraft,
  blockToJson,
  type LedgerRecord,
  type MinedBlock,
  Miner,
  mineBlock,
  recordFromJson,
} from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, parseCount, withOutput } from '../../../io/command.js'
import { inFile, readJson } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { startProgress } from '../../../io/terminal.js'
import { type ArchiveOptions, parseDifficulty, parseU64, readingChain, withArchive } from './chain-file.js'

interface MineOptions extends OutputOptions, ArchiveOptions {
  readonly chain: string
  readonly miner: string
  readonly difficulty: bigint
  readonly workers?: number
  readonly timestamp?: bigint
}

export function mineCommand(io: Io): Command {
  const command = describeCommand(
    'mine',
    'Mine the next block of a chain with these records; the result is a block, one line of JSON',
    'chartseal ledger v1 mine --chain ledger.log --miner 0123456789abcdef0123456789abcdef01234567 --difficulty 100000 rx-*.json --out block.json',
  )
  return withArchive(withOutput(command))
    .requiredOption('--chain <file>', 'the chain file; where there is none, the first block is mined')
    .requiredOption(
      '--miner <hash>',
      'who mines: any 40 hexadecimal digits, such as the hash that `ledger v1 keygen` prints',
    )
    .requiredOption('--difficulty <number>', 'how many nonces it takes on average', parseDifficulty)
    .option(
      '--workers <count>',
      'threads, 1 to 256; default: as many as the machine runs',
      parseCount(1, 256),
    )
    .option('--timestamp <seconds>', 'since 1970-01-01; default: now', parseU64)
    .argument('[records...]', 'records, one JSON object each, in order')
    .action((files: readonly string[], options: MineOptions) => mine(io, files, options))
}

async function mine(io: Io, files: readonly string[], options: MineOptions): Promise<void> {
  const records: LedgerRecord[] = []
  for (const file of files) {
    const json = await readJson(io, file)
    records.push(await inFile(file, () => recordFromJson(json)))
  }
  const draft = await draftOn(io, records, options)
  const { block, hashes, workers } = await search(io, draft, options)
  const json = blockToJson(block)
  await finish(io, options, {
    text: `${toJsonText(json)}\n`,
    answer: { block: json, hashes, workers },
  })
}

/** The records are verified before any work is done, and the chain is free while it is done. */
async function draftOn(io: Io, records: readonly LedgerRecord[], options: MineOptions): Promise<BlockDraft> {
  const { chain: file, archive = false, difficulty } = options
  const timestamp = options.timestamp ?? BigInt(Math.floor(io.clock.nowMs() / 1_000))
  const fields = { miner: decodeHex(options.miner), records, timestamp, difficulty }
  const { result } = await readingChain(io, file, 'may', { archive }, async chain => {
    applyRecords(chain.state, records, archive ? 'seed' : 'strict')
    return chain.draft(fields)
  })
  return result
}

async function search(io: Io, draft: BlockDraft, { workers }: MineOptions): Promise<MinedBlock> {
  using miner = new Miner(workers === undefined ? {} : { workers })
  const progress = await startProgress(io, 'Mining', Number(draft.difficulty))
  try {
    const onProgress = ({ hashes }: { hashes: bigint }): void => progress.update(Number(hashes))
    return await mineBlock(draft, { miner, clock: io.clock, onProgress })
  } finally {
    progress.stop()
  }
}
