/** Who a record is for, and whose key opens it, as options of `chartseal envelope --v1`. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  type EnvelopePackage,
  formatPackage,
  type Identity,
  packageFields,
  type Recipient,
  rsaIdentity,
  rsaRecipient,
} from '@chartseal/ipfs-envelope/v1'
import type { Command } from 'commander'
import { finish, type OutputOptions } from '../command.js'
import { UsageError } from '../errors.js'
import { inFile, namingFile, readText } from '../files.js'
import type { Io } from '../io.js'
import { readSecret, type SecretSource } from '../secrets.js'

/** One `--to alice=alice.pub.pem`. */
export interface RecipientOption {
  readonly id: string
  readonly file: string
}

/** An option that may be given several times: `alice=alice.pub.pem`. */
export function withRecipients(command: Command, flag: string, description: string): Command {
  return command.requiredOption(`${flag} <id=file>`, `${description}; once for each`, collectRecipient)
}

function collectRecipient(
  value: string,
  before: readonly RecipientOption[] = [],
): readonly RecipientOption[] {
  const split = value.lastIndexOf('=')
  const id = value.slice(0, split)
  const file = value.slice(split + 1)
  if (split < 1 || file === '') {
    throw new UsageError(`${value} is not of the form ID=FILE, such as alice=alice.pub.pem`)
  }
  return [...before, { id, file }]
}

export async function readRecipients(
  io: Io,
  options: readonly RecipientOption[],
): Promise<readonly Recipient[]> {
  const recipients: Recipient[] = []
  for (const { id, file } of options) {
    const pem = await readText(io, file)
    recipients.push(await inFile(file, () => rsaRecipient(id, pem)))
  }
  return recipients
}

export interface IdentityOptions {
  readonly privateKey: string
  readonly passphraseFile?: string
  readonly recipient?: string
}

export function withIdentity(command: Command): Command {
  return withPassphrase(
    command
      .requiredOption('--private-key <file>', 'the key that opens the package, in PEM')
      .option('--recipient <id>', 'the name of this key in the package (default: every entry is tried)'),
  )
}

export function withPassphrase(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    'of an encrypted private key, one line; else CHARTSEAL_PASSPHRASE or a prompt',
  )
}

export async function readIdentity(io: Io, options: IdentityOptions): Promise<Identity> {
  const pem = await readText(io, options.privateKey)
  const name = options.recipient === undefined ? {} : { recipientId: options.recipient }
  try {
    return await rsaIdentity(pem, name)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    if (error.code !== 'envelope/passphrase-needed') throw namingFile(options.privateKey, error)
    const passphrase = await readSecret(io, passphraseSource(options.passphraseFile))
    return inFile(options.privateKey, () => rsaIdentity(pem, { ...name, passphrase }))
  }
}

export function passphraseSource(file: string | undefined): SecretSource {
  return {
    file,
    option: '--passphrase-file',
    variable: 'CHARTSEAL_PASSPHRASE',
    question: 'Passphrase of the private key',
  }
}

/** The package as the result of a command; under `--json` it is the same object. */
export async function finishPackage(
  io: Io,
  options: OutputOptions,
  envelope: EnvelopePackage,
): Promise<void> {
  const { cid, nonce, enc_keys } = packageFields(envelope)
  await finish(io, options, { text: `${formatPackage(envelope)}\n`, answer: { cid, nonce, enc_keys } })
}
