/** What the commands around a chain file share. */
import { stat } from 'node:fs/promises'
import { type LogSnapshot, openLog, readLog } from '@chartseal/core/files'
import { memoryLog } from '@chartseal/core/memory'
import type { AppendLog } from '@chartseal/core/ports'
import {
  type Chain,
  type ChainOptions,
  type ChainReader,
  chainLogKind,
  maxNonce,
  openChain,
  readChain,
} from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { parseInteger } from '../../../io/command.js'
import { systemCode, UsageError } from '../../../io/errors.js'
import { fileProblem, pathOf } from '../../../io/files.js'
import { type Io, writeLine } from '../../../io/io.js'

/** For commander. */
export const parseDifficulty: (text: string) => bigint = parseInteger(1n, 2n ** 128n - 1n)
/** For commander: a nonce or a time. */
export const parseU64: (text: string) => bigint = parseInteger(0n, maxNonce)

/** How the records of a chain are judged. */
export interface ArchiveOptions {
  readonly archive?: boolean
}

export function withArchive(command: Command): Command {
  return command.option(
    '--archive',
    'also accept high-s signatures and other key encodings, as the original design did',
  )
}

export interface ExpectOptions extends ArchiveOptions {
  readonly expectDifficulty?: bigint
}

export function withExpectations(command: Command): Command {
  return withArchive(command).option(
    '--expect-difficulty <number>',
    'refuse blocks of any other difficulty',
    parseDifficulty,
  )
}

/** Opens and verifies the whole chain to be written, makes it where there is none, and closes it after `use`. */
export async function withChain<Result>(
  io: Io,
  file: string,
  options: ExpectOptions,
  use: (chain: Chain) => Promise<Result>,
): Promise<Result> {
  const log = await openLog(pathOf(io, file), { kind: chainLogKind, random: io.random })
  try {
    const { cutBytes } = log.recovered
    if (cutBytes > 0) await writeLine(io.stderr, `${cutBytes} bytes of an interrupted write were cut.`)
    return await use(await openChain(log, chainOptions(options)))
  } finally {
    await log.close()
  }
}

/** What was read, and how many bytes at the end of the file are an incomplete block. */
export interface ChainReading<Result> {
  readonly result: Result
  readonly incompleteBytes: number
}

/** `must`: the file has to be there. `may`: where there is none, the chain is empty. */
export type Existence = 'must' | 'may'

/**
 * Verifies the whole chain without a lock and without a change: an incomplete end is evidence, or can be completed.
 * @throws UsageError where a file that must exist does not
 */
export async function readingChain<Result>(
  io: Io,
  file: string,
  existence: Existence,
  options: ExpectOptions,
  use: (chain: ChainReader) => Promise<Result>,
): Promise<ChainReading<Result>> {
  const log = await openReader(io, file, existence)
  try {
    const result = await use(await readChain(log, chainOptions(options)))
    return { result, incompleteBytes: 'tornBytes' in log ? log.tornBytes : 0 }
  } finally {
    await log.close()
  }
}

async function openReader(io: Io, file: string, existence: Existence): Promise<LogSnapshot | AppendLog> {
  const path = pathOf(io, file)
  const found = await stat(path).catch(error => {
    if (existence === 'may' && systemCode(error) === 'ENOENT') return null
    throw fileProblem('read', file, error)
  })
  if (found?.isDirectory() === true) throw new UsageError(`cannot read ${file}: it is a folder`)
  return found === null ? memoryLog() : readLog(path, { kind: chainLogKind })
}

function chainOptions({ archive = false, expectDifficulty }: ExpectOptions): ChainOptions {
  return {
    recordProfile: archive ? 'seed' : 'strict',
    ...(expectDifficulty === undefined ? {} : { expectedDifficulty: expectDifficulty }),
  }
}
