/** What the commands of a device at a ledger share: its desk file, and who signs. */
import type { Desk, Reader } from '@chartseal/clinic/prescriptions'
import { decodeBase64Url, decodeHex } from '@chartseal/core/encoding'
import { ed25519Signer, type RecordSigner } from '@chartseal/emr-ledger'
import { type Command, InvalidArgumentError } from 'commander'
import { type OutputOptions, parseCount, withOutput } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { type HeldDesk, withDeskFile } from '../../io/ledger/desk-file.js'
import { readPublicKey } from '../../io/ledger/public-key.js'
import { commandSigner } from '../../io/ledger/sign-with.js'
import { ledgerWay } from '../../io/ledger/way.js'
import { ClinicClient } from '../conference/clinic-client.js'

export interface DeskOptions extends OutputOptions {
  readonly desk: string
  readonly passphraseFile?: string
  readonly depth?: number
}

export interface SigningOptions extends DeskOptions {
  readonly signWith?: string
  readonly publicKey?: string
  readonly signDigest?: boolean
  readonly yes?: boolean
  readonly language: 'en' | 'es'
  readonly wait: number
}

export function withDeskOptions(command: Command): Command {
  return withOutput(command)
    .requiredOption('--desk <file>', 'the desk file of `ledger join`')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the desk file, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
    .option(
      '--depth <blocks>',
      'under proof of work: how many blocks must stand on what counts; without it nothing there is ever final',
      parseCount(0, 1_000_000),
    )
}

export function withSigning(command: Command): Command {
  return withDeskOptions(command)
    .option(
      '--sign-with <command>',
      'a command that signs: the bytes on its stdin, the signature on its stdout',
    )
    .option('--public-key <file>', 'with --sign-with: its public key, as PEM or JWK')
    .option('--sign-digest', 'with --sign-with: give it SHA-256 of the bytes')
    .option('--yes', 'sign without asking: for scripts')
    .option('--language <language>', 'of the text that is shown: en or es', parseLanguage, 'en')
    .option('--wait <seconds>', 'how long to wait until it is final', parseCount(0, 86_400), 30)
}

function parseLanguage(text: string): string {
  if (text !== 'en' && text !== 'es') throw new InvalidArgumentError('It must be en or es.')
  return text
}

/** For commander: 64 hexadecimal digits, or base64url as the interface of a clinic has it. */
export function parseId(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(text)) return decodeHex(text)
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return decodeBase64Url(text)
  throw new InvalidArgumentError('It must be 64 hexadecimal digits.')
}

/** A device that reads, with the desk file held. */
export function withReader<Result>(
  io: Io,
  options: DeskOptions,
  run: (reader: Reader, held: HeldDesk) => Promise<Result>,
): Promise<Result> {
  return withDeskFile(io, options, held => run(readerOf(io, held, options), held))
}

/** A device that signs. */
export async function withDesk<Result>(
  io: Io,
  options: SigningOptions,
  run: (desk: Desk) => Promise<Result>,
): Promise<Result> {
  const elsewhere = await signerElsewhere(io, options)
  return withReader(io, options, (reader, { key }) =>
    run({ ...reader, signer: elsewhere ?? ed25519Signer(key) }),
  )
}

function readerOf(io: Io, { server, key, shelf }: HeldDesk, { depth }: DeskOptions): Reader {
  return { way: ledgerWay(server, new ClinicClient(server, key, io)), shelf, world: io, depth }
}

/** `null` for the key of the desk. @throws UsageError for one of both options; ChartsealError `member-key/unreadable` */
async function signerElsewhere(
  io: Io,
  { signWith: command, publicKey, signDigest = false }: SigningOptions,
): Promise<RecordSigner | null> {
  if (command === undefined && publicKey === undefined && !signDigest) return null
  if (command === undefined || publicKey === undefined)
    throw new UsageError('give --sign-with COMMAND and --public-key FILE together')
  return commandSigner(io, { command, key: await readPublicKey(io, publicKey), digest: signDigest })
}
