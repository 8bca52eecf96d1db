import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { combineShares, type LeftOut, type Recovery, wipeShares } from '@chartseal/shamir'
import { combine, legacyCombine } from '@chartseal/shamir/v1'
import type { Command } from 'commander'
import { describeCommand, finish, wholeNumber, withOutput } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { readAllShares, type SharesInFile } from '../../io/share-envelopes.js'
import { readShareFiles } from '../../io/share-files.js'
import { type CombineOptions, readRoot, withKnownSet } from './options.js'
import { fileOf, nameLeftOut, recovered, sharesOf } from './recovered.js'

export function combineCommand(io: Io): Command {
  const command = describeCommand(
    'combine',
    'Recover a secret from share files; damaged ones are named and left out while enough remain, foreign ones when --set or --root says which set is meant',
    'chartseal shares combine custodians/share-1.txt custodians/share-3.txt --out month.key',
  )
  return withKnownSet(withOutput(command))
    .option('--hex', 'write the secret in hexadecimal digits')
    .option('--v1', 'shares of version 1, in JSON')
    .option(
      '--threshold <count>',
      'version 1: how many shares the split asked for, where no file names it',
      wholeNumber,
    )
    .option('--lenient', 'version 1: accept a threshold of 1, for archives')
    .argument('<files...>', 'share files; - is stdin')
    .action((files: readonly string[], options: CombineOptions) =>
      options.v1 === true ? combineV1(io, files, options) : combineV2(io, files, options),
    )
}

async function combineV2(io: Io, files: readonly string[], options: CombineOptions): Promise<void> {
  const { hex = false } = options
  const root = await readRoot(io, options)
  const read = await readAllShares(io, files)
  try {
    const recovery = await recovered(io, read, shares => combineShares(shares, root === null ? {} : { root }))
    await nameLeftOut(io, read, recovery)
    const { secret } = recovery
    const text = hex ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
    await finish(io, options, { text, answer: answerOf(read, recovery), secret: true })
    secret.fill(0)
  } finally {
    wipeShares(sharesOf(read))
  }
}

function answerOf(read: readonly SharesInFile[], recovery: Recovery): Answer {
  const { secret, set, used, damaged, strangers } = recovery
  const named = (all: readonly LeftOut[]) =>
    all.map(one => ({ file: fileOf(read, one), set_id: one.setId, x: one.index }))
  return {
    secret: encodeHex(secret),
    set_id: set.setId,
    root: set.root,
    threshold: set.threshold,
    used,
    damaged: named(damaged),
    strangers: named(strangers),
    unreadable: read.flatMap(({ file, refused }) => refused.map(({ code }) => ({ file, code }))),
  }
}

async function combineV1(io: Io, files: readonly string[], options: CombineOptions): Promise<void> {
  const { shares, threshold: named } = await readShareFiles(io, files)
  const threshold = options.threshold ?? named
  if (threshold === null) throw new UsageError('these files do not name the threshold: give --threshold')
  const secret = (options.lenient === true ? legacyCombine : combine)(shares, { threshold })
  const text = options.hex === true ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
  await finish(io, options, { text, answer: { secret: encodeHex(secret) }, secret: true })
  secret.fill(0)
}
