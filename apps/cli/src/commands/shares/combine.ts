import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { combineShares, type LeftOut, type Recovery, type ShareEnvelope } from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, wholeNumber, withOutput } from '../../io/command.js'
import { type Io, writeLine } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'
import { type CombineOptions, readRoot, withKnownSet } from './options.js'
import { combineV1 } from './v1.js'

export function combineCommand(io: Io): Command {
  const command = describeCommand(
    'combine',
    'Recover a secret from share files; damaged and foreign ones are named and left out while enough remain',
    'chartseal shares combine custodians/share-1.txt custodians/share-3.txt --out month.key',
  )
  return withKnownSet(withOutput(command))
    .option('--hex', 'write the secret in hexadecimal digits')
    .option('--v1', 'shares of version 1, in JSON')
    .option(
      '--threshold <count>',
      'version 1: how many shares the split asked for, where no file tells',
      wholeNumber,
    )
    .option('--lenient', 'version 1: take a threshold of 1, for archives')
    .argument('<files...>', 'share files; - is stdin')
    .action((files: readonly string[], options: CombineOptions) =>
      options.v1 === true ? combineV1(io, files, options) : combineV2(io, files, options),
    )
}

interface Read {
  readonly file: string
  readonly share: ShareEnvelope | null
  /** Why a file was refused. */
  readonly error: ChartsealError | null
}

async function combineV2(io: Io, files: readonly string[], options: CombineOptions): Promise<void> {
  const root = await readRoot(io, options)
  const read: Read[] = []
  for (const file of files) read.push(await readOne(io, file))
  for (const { file, error } of read)
    if (error !== null) await writeLine(io.stderr, `${file}: left out (${error.code})`)
  const shares = read.flatMap(({ share }) => (share === null ? [] : [share]))
  const [first] = read
  if (shares.length === 0 && first?.error) throw first.error
  const recovery = combineShares(shares, root === null ? {} : { root })
  await tellLeftOut(io, read, recovery)
  const { secret } = recovery
  const text = options.hex === true ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
  await finish(io, options, { text, answer: answerOf(read, recovery), secret: true })
  secret.fill(0)
  for (const { y } of shares) y.fill(0)
}

async function readOne(io: Io, file: string): Promise<Read> {
  try {
    return { file, share: await readShareFile(io, file), error: null }
  } catch (error) {
    if (error instanceof ChartsealError) return { file, share: null, error }
    throw error
  }
}

async function tellLeftOut(io: Io, read: readonly Read[], recovery: Recovery): Promise<void> {
  for (const one of recovery.damaged)
    await writeLine(io.stderr, `${fileOf(read, one)}: left out, share ${one.index} was changed`)
  for (const one of recovery.strangers)
    await writeLine(io.stderr, `${fileOf(read, one)}: left out, it belongs to the set ${one.setId}`)
}

function fileOf(read: readonly Read[], { setId, index }: LeftOut): string {
  const found = read.find(({ share }) => share?.x === index && encodeHex(share.setId) === setId)
  return found?.file ?? `share ${index}`
}

function answerOf(read: readonly Read[], { secret, set, used, damaged, strangers }: Recovery) {
  const named = (all: readonly LeftOut[]) =>
    all.map(one => ({ file: fileOf(read, one), set_id: one.setId, x: one.index }))
  return {
    ...{ secret: encodeHex(secret), set_id: set.setId, root: set.root, threshold: set.threshold, used },
    ...{ damaged: named(damaged), strangers: named(strangers) },
    unreadable: read.flatMap(({ file, error }) => (error === null ? [] : [{ file, code: error.code }])),
  }
}
