/** Where a ledger is read: a clinic's server, that of a desk file, or a file of blocks. */
import { type Command, Option } from 'commander'
import { parseServer } from '../../commands/conference/places.js'
import { UsageError } from '../errors.js'
import { readBytes } from '../files.js'
import type { Io } from '../io.js'
import { withDeskFile } from './desk-file.js'
import { type LedgerGet, ledgerInfo, requireLedger, serverGet } from './server.js'

export interface SourceOptions {
  readonly server?: URL
  readonly desk?: string
  readonly passphraseFile?: string
  readonly blocks?: string
  readonly genesis?: string
}

export function withSource(command: Command): Command {
  return command
    .addOption(
      new Option('--server <url>', 'the clinic, such as https://clinic.example').argParser(parseServer),
    )
    .option('--desk <file>', 'or the server of a desk file')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the desk file, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
    .option('--blocks <file>', 'or a file of blocks, all of which is judged anew')
    .option('--genesis <file>', 'with --blocks: what the ledger began with')
}

/** @throws UsageError unless exactly one is given */
export async function sourceOf(io: Io, options: SourceOptions): Promise<LedgerGet> {
  const { server, desk, passphraseFile, blocks, genesis } = options
  if ([server, desk, blocks].filter(one => one !== undefined).length !== 1)
    throw new UsageError('give one of --server URL, --desk FILE and --blocks FILE')
  if (server !== undefined) return serverGet(server)
  if (desk !== undefined) {
    const held = passphraseFile === undefined ? { desk } : { desk, passphraseFile }
    return withDeskFile(io, held, async open => {
      const get = serverGet(open.server)
      // A desk knows its ledger: what its server says of another one is not shown as that.
      requireLedger((await ledgerInfo(get)).ledger, open.shelf.book().anchor.genesisBytes)
      return get
    })
  }
  if (blocks === undefined || genesis === undefined) throw new UsageError('--blocks needs --genesis FILE')
  return blockSource(io, blocks, genesis)
}

async function blockSource(io: Io, blocks: string, genesis: string): Promise<LedgerGet> {
  // A whole node is loaded for one.
  const { readBlockFile } = await import('./node/block-file.js')
  const { readNodeBytes } = await import('./node/api.js')
  const first = await readBytes(io, genesis)
  const { served } = await readBlockFile(io, blocks, first)
  return path => readNodeBytes(served, path)
}
