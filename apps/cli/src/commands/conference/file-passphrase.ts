/** The passphrase of a conference file or a seat: what opens it, and what a new one is sealed with. */
import { FileSeal, isSealed, openBookSeal } from '@chartseal/clinic/fs/conference'
import type { Command } from 'commander'
import { inFile, pathOf } from '../../io/files.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import { readNewSecret, readSecret, type SecretSource } from '../../io/secrets.js'

/** Where a command has a ring, too, that one's is `--passphrase-file`. */
export type PassphraseOption = '--passphrase-file' | '--conference-passphrase-file' | '--seat-passphrase-file'

const own = 'CHARTSEAL_CONFERENCE_PASSPHRASE'
const usual = 'CHARTSEAL_PASSPHRASE'

export function withFilePassphrase(command: Command, option: PassphraseOption, what: string): Command {
  return command.option(
    `${option} <file>`,
    `the passphrase of ${what}, one line; else ${own}, ${usual} or a prompt`,
  )
}

export interface SealingOptions extends HardeningOptions {
  readonly unsealed?: boolean
}

export function withSealing(command: Command): Command {
  return withHardening(command).option(
    '--unsealed',
    'make it without a passphrase: whoever copies it has its keys',
  )
}

export function passphraseSource(
  io: Io,
  option: PassphraseOption,
  file: string | undefined,
  what: string,
): SecretSource {
  const isOwn = (io.env[own] ?? '') !== '' || (io.env[usual] ?? '') === ''
  return { file, option, variable: isOwn ? own : usual, question: `Passphrase of ${what}` }
}

/** For a file that is made; `null` where it is to be in clear. */
export async function newSeal(
  io: Io,
  options: SealingOptions,
  source: SecretSource,
): Promise<FileSeal | null> {
  if (options.unsealed === true) return null
  const passphrase = await readNewSecret(io, source)
  return FileSeal.create(passphrase, hardening(io, options), io)
}

/** What opens these bytes of a file; `null` where they are in clear. @throws ChartsealError `enrolment/wrong-passphrase` */
export async function sealOf(io: Io, file: Uint8Array, source: SecretSource): Promise<FileSeal | null> {
  return isSealed(file) ? FileSeal.open(file, await readSecret(io, source), io) : null
}

/** What opens a conference file, in a command on a ring; before the file is locked, as it is slow. */
export async function bookSeal(
  io: Io,
  conference: string,
  file: string | undefined,
  option: PassphraseOption = '--conference-passphrase-file',
): Promise<FileSeal | null> {
  const source = passphraseSource(io, option, file, conference)
  return inFile(conference, () => openBookSeal(pathOf(io, conference), () => readSecret(io, source), io))
}
