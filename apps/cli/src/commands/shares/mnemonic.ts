/** SLIP-0039 mnemonics, for people who write shares down. */
import { join } from 'node:path'
import { requirePasted } from '@chartseal/clinic'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { combineMnemonics, type MnemonicGroup, splitMnemonics } from '@chartseal/shamir/slip39'
import { type Command, InvalidArgumentError } from 'commander'
import {
  type CommonOptions,
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  wholeNumber,
  withOutput,
} from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, namingFile, readBytes, readLine } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { slip39Words } from '../../io/slip39-words.js'
import { writeAll } from '../../io/staged-files.js'
import { readSecretToSplit } from './options.js'

export function mnemonicCommand(io: Io): Command {
  return describeGroup(
    'shares mnemonic',
    'Split a secret into SLIP-0039 mnemonics, and recover it from them',
    splitCommand(io),
    combineCommand(io),
  )
}

interface PassphraseOptions {
  readonly passphraseFile?: string
}

/** Not that of rings: who has that set would need it to recover, and nothing would say so. */
const variable = 'CHARTSEAL_MNEMONIC_PASSPHRASE'
const passphraseOption = [
  '--passphrase-file <file>',
  `printable ASCII, one line; else ${variable}, else none. A wrong one gives another secret and no error`,
] as const

interface SplitOptions extends CommonOptions, PassphraseOptions {
  readonly group: readonly MnemonicGroup[]
  readonly groupThreshold: number
  readonly secretFile?: string
  readonly hex?: boolean
  readonly outDir: string
  readonly force?: boolean
}

function splitCommand(io: Io): Command {
  return describeCommand(
    'split',
    'Split a secret of 16 to 32 bytes (an even number) into one file for each mnemonic',
    'chartseal shares mnemonic split --group 2of3 --secret-file month.key --hex --out-dir words',
  )
    .requiredOption('--group <NofM>', 'a group such as 2of3; once for each', toGroup)
    .option('--group-threshold <count>', 'how many groups are needed', wholeNumber, 1)
    .requiredOption('--out-dir <folder>', 'where mnemonic-GROUP-MEMBER.txt are written')
    .option('--secret-file <file>', 'the secret, every byte of it; else CHARTSEAL_SECRET or a prompt')
    .option('--hex', 'the secret is given in hexadecimal digits')
    .option(...passphraseOption)
    .option('--force', 'replace files that exist')
    .action(async (options: SplitOptions) => {
      const { group: groups, groupThreshold, outDir, force = false } = options
      const passphrase = await passphraseOf(io, options)
      using secret = await readSecretToSplit(io, options)
      const { random } = io
      const set = { words: wordList(), groupThreshold, groups, passphrase, random }
      const files = splitMnemonics(secret.reveal(), set).flatMap((group, i) =>
        group.map((text, member) => ({
          file: join(outDir, `mnemonic-${i + 1}-${member + 1}.txt`),
          data: `${text}\n`,
          secret: true,
        })),
      )
      await writeAll(io, outDir, files, { force })
      const names = files.map(({ file }) => file)
      const needed =
        passphrase === '' ? [] : ['They give the secret with the passphrase alone: keep that, too.']
      const advice =
        'Mnemonics cannot be checked beyond their checksum: try a recovery before you rely on them.'
      const text = [...names, ...needed, advice, ''].join('\n')
      await finish(io, options, { text, answer: { files: names, passphrase: passphrase !== '' } })
    })
}

interface CombineOptions extends OutputOptions, PassphraseOptions {
  readonly hex?: boolean
}

function combineCommand(io: Io): Command {
  const command = describeCommand(
    'combine',
    'Recover a secret: exactly as many groups and mnemonics as are needed. Compare a key id afterwards',
    'chartseal shares mnemonic combine words/mnemonic-1-1.txt words/mnemonic-1-3.txt --hex',
  )
  return withOutput(command)
    .option('--hex', 'write the secret in hexadecimal digits')
    .option(...passphraseOption)
    .argument('<files...>', 'files of mnemonics, in any case and spacing; - is stdin')
    .action(async (files: readonly string[], options: CombineOptions) => {
      const { hex = false } = options
      const passphrase = await passphraseOf(io, options)
      const words = wordList()
      const read: Mnemonic[] = []
      for (const file of files) read.push(...(await mnemonicsIn(io, file, words)))
      const secret = combined(read, words, passphrase)
      const text = hex ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
      await finish(io, options, { text, answer: { secret: encodeHex(secret) }, secret: true })
      secret.fill(0)
    })
}

interface Mnemonic {
  readonly file: string
  readonly text: string
}

/** People write them in capitals, numbered, one word a line; which word was meant is never guessed. */
async function mnemonicsIn(io: Io, file: string, words: readonly string[]): Promise<readonly Mnemonic[]> {
  const bytes = await readBytes(io, file)
  const texts = await inFile(file, () => requirePasted(bytes, ['mnemonic'], words))
  return texts.map(text => ({ file, text }))
}

function combined(read: readonly Mnemonic[], words: readonly string[], passphrase: string): Uint8Array {
  try {
    return combineMnemonics(
      read.map(({ text }) => text),
      { words, passphrase },
    )
  } catch (error) {
    const index = error instanceof ChartsealError ? Object(error.context).index : undefined
    const file = typeof index === 'number' ? read[index]?.file : undefined
    throw error instanceof ChartsealError && file !== undefined ? namingFile(file, error) : error
  }
}

function toGroup(text: string, before: readonly MnemonicGroup[] = []): readonly MnemonicGroup[] {
  const [, threshold, count] = /^([1-9]\d?)of([1-9]\d?)$/.exec(text) ?? []
  if (threshold === undefined) throw new InvalidArgumentError('It must be like 2of3.')
  return [...before, { threshold: Number(threshold), count: Number(count) }]
}

async function passphraseOf(io: Io, { passphraseFile }: PassphraseOptions): Promise<string> {
  if (passphraseFile !== undefined) return readLine(io, passphraseFile)
  return io.env[variable] ?? ''
}

function wordList(): readonly string[] {
  const words = slip39Words()
  if (words === null) throw new UsageError('the word list is missing: install the package slip39')
  return words
}
