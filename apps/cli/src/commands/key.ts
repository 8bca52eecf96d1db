import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { type AeadKey, SecretBytes } from '@chartseal/core/keys'
import {
  defaultIterations,
  derive,
  minIterations,
  monthKey,
  monthOf,
  parseMonth,
} from '@chartseal/kdf-keyring/v1'
import type { Command } from 'commander'
import {
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  wholeNumber,
  withOutput,
} from '../io/command.js'
import type { Io } from '../io/io.js'
import { readSecret } from '../io/secrets.js'

/** `chartseal key derive|month`: keys from a shared secret. */
export function keyCommand(io: Io): Command {
  return describeGroup(
    'key',
    'Derive keys from a shared secret, as version 1 does; version 2 has chartseal ring',
    deriveCommand(io),
    monthCommand(io),
  )
}

interface SecretOptions extends OutputOptions {
  readonly secretFile?: string
  readonly iterations: number
}

function withSecret(command: Command): Command {
  return withOutput(command)
    .option('--secret-file <file>', 'the shared secret, one line of text; else CHARTSEAL_SECRET or a prompt')
    .option(
      '--iterations <count>',
      `of PBKDF2, at least ${minIterations}; both sides must use the same`,
      wholeNumber,
      defaultIterations,
    )
}

interface DeriveOptions extends SecretOptions {
  readonly salt: string
}

function deriveCommand(io: Io): Command {
  const command = describeCommand(
    'derive',
    'Derive a key from a shared secret and a salt',
    'chartseal key derive --salt 00112233445566778899aabbccddeeff --secret-file pair.secret --out pair.key',
  )
  return withSecret(command)
    .requiredOption('--salt <hex>', 'the salt, in hexadecimal digits')
    .action(async (options: DeriveOptions) => {
      const { salt, iterations } = options
      using secret = await readSharedSecret(io, options)
      using key = await derive(secret, decodeHex(salt), { iterations })
      await finishWithKey(io, options, key, { iterations, salt })
    })
}

interface MonthOptions extends SecretOptions {
  readonly month?: string
}

function monthCommand(io: Io): Command {
  const command = describeCommand(
    'month',
    'Derive the key of a month',
    'chartseal key month --month 2026-03 --secret-file pair.secret --out month.key',
  )
  return withSecret(command)
    .option('--month <YYYY-MM>', 'the month, in UTC (default: the current one)')
    .action(async (options: MonthOptions) => {
      const { iterations } = options
      const month = options.month === undefined ? monthOf(io.clock.nowMs()) : parseMonth(options.month)
      using secret = await readSharedSecret(io, options)
      using key = await monthKey(secret, month, { iterations })
      await finishWithKey(io, options, key, { iterations, month })
    })
}

async function readSharedSecret(io: Io, { secretFile }: SecretOptions): Promise<SecretBytes> {
  const text = await readSecret(io, {
    file: secretFile,
    option: '--secret-file',
    variable: 'CHARTSEAL_SECRET',
    question: 'Shared secret',
  })
  return new SecretBytes(encodeUtf8(text))
}

async function finishWithKey(io: Io, options: OutputOptions, key: AeadKey, told: Answer): Promise<void> {
  const hex = encodeHex(key.reveal())
  await finish(io, options, { text: `${hex}\n`, answer: { key: hex, ...told }, secret: true })
}
