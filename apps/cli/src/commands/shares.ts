import { decodeHex, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { combine, legacyCombine, split } from '@chartseal/shamir/v1'
import type { Command } from 'commander'
import {
  type CommonOptions,
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  withOutput,
} from '../io/command.js'
import { wholeNumber } from '../io/count.js'
import { UsageError } from '../io/errors.js'
import { readBytes } from '../io/files.js'
import type { Io } from '../io/io.js'
import { readSecret } from '../io/secrets.js'
import { readShares, writeShares } from '../io/share-files.js'

/** `chartseal shares split|combine`: a secret that any few of many custodians recover together. */
export function sharesCommand(io: Io): Command {
  return describeGroup(
    'shares',
    'Split a secret among custodians, and recover it from some of them',
    splitCommand(io),
    combineCommand(io),
  )
}

interface SplitOptions extends CommonOptions {
  readonly threshold: number
  readonly shares: number
  readonly outDir: string
  readonly secretFile?: string
  readonly hex?: boolean
  readonly force?: boolean
}

function splitCommand(io: Io): Command {
  return describeCommand(
    'split',
    'Split a secret into one file for each custodian',
    'chartseal shares split --threshold 2 --shares 3 --secret-file month.key --out-dir custodians',
  )
    .requiredOption('--threshold <count>', 'how many custodians recover the secret, at least 2', wholeNumber)
    .requiredOption('--shares <count>', 'how many custodians there are, at most 255', wholeNumber)
    .requiredOption('--out-dir <folder>', 'where share-1.json, share-2.json, … are written')
    .option('--secret-file <file>', 'the secret, every byte of it; else CHARTSEAL_SECRET or a prompt')
    .option('--hex', 'the secret is written in hexadecimal digits')
    .option('--force', 'replace share files that exist')
    .action(async (options: SplitOptions) => {
      const { threshold, shares: numShares, outDir, force = false } = options
      using secret = await readSecretToSplit(io, options)
      const shares = split(secret.reveal(), { threshold, numShares, random: io.random })
      const files = await writeShares(io, outDir, shares, { threshold, force })
      await finish(io, options, { text: report(files, threshold), answer: { threshold, files } })
    })
}

function report(files: readonly string[], threshold: number): string {
  const count = `Any ${threshold} of these ${files.length} files recover the secret.`
  return [...files, count, 'Give each one to another custodian, and keep no copy together.', ''].join('\n')
}

async function readSecretToSplit(io: Io, { secretFile, hex = false }: SplitOptions): Promise<SecretBytes> {
  if (secretFile !== undefined && !hex) return new SecretBytes(await readBytes(io, secretFile))
  const text = await readSecret(io, {
    file: secretFile,
    option: '--secret-file',
    variable: 'CHARTSEAL_SECRET',
    question: 'Secret to split',
  })
  return new SecretBytes(hex ? decodeHex(text) : encodeUtf8(text))
}

interface CombineOptions extends OutputOptions {
  readonly threshold?: number
  readonly lenient?: boolean
  readonly hex?: boolean
}

function combineCommand(io: Io): Command {
  const command = describeCommand(
    'combine',
    'Recover a secret from share files',
    'chartseal shares combine custodians/share-1.json custodians/share-3.json --out month.key',
  )
  return withOutput(command)
    .option(
      '--threshold <count>',
      'how many shares the split asked for, where the files do not tell',
      wholeNumber,
    )
    .option('--hex', 'write the secret in hexadecimal digits')
    .option('--lenient', 'take a threshold of 1, for archives')
    .argument('<files...>', 'files of one share, or of a list "shares"; - is stdin')
    .action(async (files: readonly string[], options: CombineOptions) => {
      const { shares, threshold: told } = await readShares(io, files)
      const threshold = options.threshold ?? told
      if (threshold === null) throw new UsageError('these files do not tell the threshold: give --threshold')
      const secret = (options.lenient === true ? legacyCombine : combine)(shares, { threshold })
      const text = options.hex === true ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
      await finish(io, options, { text, answer: { secret: encodeHex(secret) }, secret: true })
      secret.fill(0)
    })
}
