import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { encodeShareSet, type ShareEnvelope, splitSecret, wipeShares } from '@chartseal/shamir'
import { split } from '@chartseal/shamir/v1'
import { type Command, Option } from 'commander'
import { describeCommand, finish, wholeNumber } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { shareData } from '../../io/share-envelopes.js'
import { writeShareFiles } from '../../io/share-files.js'
import { type NamedData, writeAll } from '../../io/staged-files.js'
import { readSecretToSplit, type SplitOptions } from './options.js'

export function splitCommand(io: Io): Command {
  return describeCommand(
    'split',
    'Split a secret into one file for each custodian, and a public description of the set',
    'chartseal shares split --threshold 2 --shares 3 --secret-file month.key --out-dir custodians',
  )
    .requiredOption('--threshold <count>', 'how many custodians recover the secret, at least 2', wholeNumber)
    .requiredOption('--shares <count>', 'how many custodians there are, at most 255', wholeNumber)
    .requiredOption('--out-dir <folder>', 'where share-1, share-2, … and share-set.cbor are written')
    .option('--secret-file <file>', 'the secret, every byte of it; else CHARTSEAL_SECRET or a prompt')
    .option('--hex', 'the secret is given in hexadecimal digits')
    .option('--label <text>', 'shown to custodians, not secret, at most 64 bytes')
    .addOption(formatOption())
    .option('--force', 'replace share files that exist')
    .option('--v1', "the seed's shares in JSON, which cannot be checked")
    .action((options: SplitOptions) => (options.v1 === true ? splitV1(io, options) : splitV2(io, options)))
}

export function formatOption(): Option {
  return new Option(
    '--format <format>',
    'one line of text, or bytes (default: text up to 512 bytes)',
  ).choices(['text', 'bytes'])
}

async function splitV1(io: Io, options: SplitOptions): Promise<void> {
  const { threshold, shares: numShares, outDir, force = false } = options
  using secret = await readSecretToSplit(io, options)
  const shares = split(secret.reveal(), { threshold, numShares, random: io.random })
  const files = await writeShareFiles(io, outDir, shares, { threshold, force })
  await finish(io, options, { text: splitReport(files, threshold), answer: { threshold, files } })
}

async function splitV2(io: Io, options: SplitOptions): Promise<void> {
  const { threshold, shares: numShares, outDir, format, label = '', force = false } = options
  using secret = await readSecretToSplit(io, options)
  const { clock, random } = io
  const shares = splitSecret(secret.reveal(), { threshold, numShares, label, clock, random })
  const files = shares.map(share => fileOf(share, outDir, format))
  const set = join(outDir, 'share-set.cbor')
  const described = shares.slice(0, 1).map(share => ({
    file: set,
    data: encodeShareSet({ ...share, sizeBytes: share.y.reveal().length }),
    secret: false,
  }))
  wipeShares(shares)
  await writeAll(io, outDir, [...files, ...described], { force })
  const names = files.map(({ file }) => file)
  const root = encodeHex(shares[0]?.root ?? new Uint8Array())
  const text = `${splitReport(names, threshold)}Root ${root}, also in ${set}: keep it where custodians can compare it.\n`
  await finish(io, options, { text, answer: { threshold, files: names, set, root } })
}

function fileOf(share: ShareEnvelope, folder: string, format: 'text' | 'bytes' | undefined): NamedData {
  const data = shareData(share, format)
  const end = typeof data === 'string' ? 'txt' : 'cbor'
  return { file: join(folder, `share-${share.x}.${end}`), data, secret: true }
}

function splitReport(files: readonly string[], threshold: number): string {
  const count = `Any ${threshold} of these ${files.length} files recover the secret.`
  return [...files, count, 'Give each one to another custodian, and keep no copy together.', ''].join('\n')
}
