/** What the commands around the folder of a node of one's own share. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { pathOf, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'

export interface MiningOptions {
  readonly folder: string
  readonly depth?: number
  readonly workers?: number
}

export function withMining(command: Command): Command {
  return command
    .requiredOption('--folder <folder>', 'of `ledger node init`')
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
}

/** The absolute folder, and what its ledger began with. @throws UsageError for another folder */
export async function genesisOf(
  io: Io,
  folder: string,
): Promise<{ readonly folder: string; readonly genesis: Uint8Array }> {
  const path = pathOf(io, folder)
  const genesis = await readBytes(io, join(path, 'genesis.cbor')).catch(() => {
    throw new UsageError(`${folder} must be a folder of ledger node init`)
  })
  return { folder: path, genesis }
}
