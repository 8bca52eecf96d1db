/** Whose key opens records: an identity in a file, or one that another program keeps. */
import { decodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import {
  type Identity,
  identityOf as identityOfKey,
  type KnownRecipient,
  parseIdentityKey,
  parseRecipient,
  recipientOf,
  rsaOaepIdentity,
} from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { parseCount } from '../command.js'
import { UsageError } from '../errors.js'
import { inFile, namingFile, readText } from '../files.js'
import { badAnswer, type IdentityProcess, startIdentityCommand } from '../identity-command.js'
import type { Io } from '../io.js'
import { readSecret, type SecretSource } from '../secrets.js'

export interface IdentityOptions {
  readonly identity?: string
  readonly identityCommand?: string
  readonly identityTimeout: number
  readonly passphraseFile?: string
}

/** An identity while it may be used. */
export interface Opener {
  readonly identity: Identity
  /** Its public half; `null` for RSA keys in PEM. */
  readonly recipient: KnownRecipient | null
}

export function withIdentity(command: Command): Command {
  return command
    .option('--identity <file>', 'the key that opens: a file of envelope keygen, or an RSA key in PEM')
    .option(
      '--identity-command <command>',
      'a program that keeps the key instead, such as chartseal envelope token',
    )
    .option('--identity-timeout <seconds>', 'how long it may take for an answer', parseCount(1, 3600), 60)
    .option(
      '--passphrase-file <file>',
      'of an encrypted RSA key, one line; else CHARTSEAL_PASSPHRASE or a prompt',
    )
}

/** @throws UsageError unless exactly one is given */
export async function useIdentity<Result>(
  io: Io,
  options: IdentityOptions,
  use: (opener: Opener) => Promise<Result>,
): Promise<Result> {
  const { identity, identityCommand: command, identityTimeout } = options
  if ((identity === undefined) === (command === undefined))
    throw new UsageError('give --identity FILE, or --identity-command COMMAND')
  if (command === undefined) return useFile(io, identity ?? '', options, use)
  const asked = startIdentityCommand(io, { command, timeoutMs: identityTimeout * 1000 })
  try {
    return await use(await identityOf(asked))
  } finally {
    await asked.close()
  }
}

async function useFile<Result>(
  io: Io,
  file: string,
  options: IdentityOptions,
  use: (opener: Opener) => Promise<Result>,
): Promise<Result> {
  const text = await readText(io, file)
  if (text.includes('-----BEGIN '))
    return use({ identity: await rsaIdentity(io, file, text, options), recipient: null })
  const key = await inFile(file, () => parseIdentityKey(keyLine(text)))
  try {
    return await use({ identity: identityOfKey(key), recipient: recipientOf(key) })
  } finally {
    key.secret.wipe()
  }
}

/** What `keygen` writes: the key, and lines in front that begin with #. */
function keyLine(text: string): string {
  return text
    .split(/\r?\n/)
    .filter(line => !line.startsWith('#') && line.trim() !== '')
    .join('\n')
}

async function rsaIdentity(
  io: Io,
  file: string,
  pem: string,
  { passphraseFile }: IdentityOptions,
): Promise<Identity> {
  try {
    return await rsaOaepIdentity(pem)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    if (error.code !== 'envelope/passphrase-needed') throw namingFile(file, error)
    const passphrase = await readSecret(io, passphraseSource(passphraseFile))
    return inFile(file, () => rsaOaepIdentity(pem, { passphrase }))
  }
}

const passphraseSource = (file: string | undefined): SecretSource => ({
  file,
  option: '--passphrase-file',
  variable: 'CHARTSEAL_PASSPHRASE',
  question: 'Passphrase of the private key',
})

/** @throws ChartsealError `cli/identity-…` */
async function identityOf(asked: IdentityProcess): Promise<Opener> {
  const answer = await asked.ask({ v: 1, op: 'recipient' })
  const recipient = await recipientIn(answer)
  const { kem, keyHash } = recipient
  const identity: Identity = {
    kem,
    keyHash,
    async unwrap(info, { enc, ct }) {
      return keyIn(await asked.ask({ v: 1, op: 'unwrap', kem, info, enc, ct }))
    },
  }
  return { identity, recipient }
}

async function recipientIn(answer: JsonObject): Promise<KnownRecipient> {
  try {
    return await parseRecipient(answer.text('recipient'))
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw badAnswer('this one names no recipient')
  }
}

function keyIn(answer: JsonObject): AeadKey | null {
  const key = answer.raw('key')
  if (key === null) return null
  const bytes = typeof key === 'string' && /^[0-9a-f]{64}$/.test(key) ? decodeHex(key) : null
  if (bytes === null) throw badAnswer('its key must be 64 hexadecimal digits, or null')
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
