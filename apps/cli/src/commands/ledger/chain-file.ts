/** What the commands around a chain file share. */
import { access } from 'node:fs/promises'
import { openLog } from '@chartseal/core/files'
import { type Chain, type ChainOptions, chainLogKind, maxNonce, openChain } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { parseInteger } from '../../io/count.js'
import { fileProblem, pathOf } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'

/** For commander. */
export const parseDifficulty: (text: string) => bigint = parseInteger(1n, 2n ** 128n - 1n)
/** For commander: a nonce or a time. */
export const parseU64: (text: string) => bigint = parseInteger(0n, maxNonce)

/** How the records of a chain are judged. */
export interface ArchiveOptions {
  readonly archive?: boolean
}

export function withArchive(command: Command): Command {
  return command.option('--archive', 'take high-s signatures and other keys, as the seed did')
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

/** `must`: the file is read, so it has to be there. `may`: it is made where it is missing. */
export type Existence = 'must' | 'may'

/** Opens and verifies the whole chain, and closes it after `use`. */
export async function withChain<Result>(
  io: Io,
  file: string,
  existence: Existence,
  options: ExpectOptions,
  use: (chain: Chain) => Promise<Result>,
): Promise<Result> {
  const path = pathOf(io, file)
  if (existence === 'must') {
    await access(path).catch(error => {
      throw fileProblem('read', file, error)
    })
  }
  const log = await openLog(path, { kind: chainLogKind, random: io.random })
  try {
    const { cutBytes } = log.recovered
    if (cutBytes > 0) await writeLine(io.stderr, `${cutBytes} bytes of an interrupted write were cut.`)
    return await use(await openChain(log, chainOptions(options)))
  } finally {
    await log.close()
  }
}

function chainOptions({ archive = false, expectDifficulty }: ExpectOptions): ChainOptions {
  return {
    recordProfile: archive ? 'seed' : 'strict',
    ...(expectDifficulty === undefined ? {} : { expectedDifficulty: expectDifficulty }),
  }
}
