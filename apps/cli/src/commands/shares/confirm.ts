import {
  type Drill,
  parseDrillAnswer,
  parseDrillChallenge,
  parseRefreshedSet,
  type Rehearsal,
  rehearse,
  requireRefreshed,
  wipeShares,
} from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { readAllShares } from '../../io/share-envelopes.js'
import { readMessage } from './options.js'
import { recovered, sharesOf } from './recovered.js'

interface ConfirmOptions extends OutputOptions {
  readonly set: string
  readonly challenge: string
  readonly rehearse?: readonly string[]
}

/** The last step of a refresh: may the old shares go? */
export function confirmCommand(io: Io): Command {
  const command = describeCommand(
    'confirm',
    'Step 5: old shares may go when all answered a drill and a recovery with new shares succeeded',
    'chartseal shares refresh confirm --set refreshed-set.cbor --challenge c.cbor a-1.cbor a-2.cbor --rehearse new-1.txt new-2.txt',
  )
  return withOutput(command)
    .requiredOption('--set <file>', 'refreshed-set.cbor')
    .requiredOption('--challenge <file>', 'the file of `shares drill challenge` for the new set')
    .option(
      '--rehearse <shares...>',
      'new shares to try a recovery with; the answers must prove the others; nothing is shown',
    )
    .argument('<answers...>', 'files of `shares drill answer` with the new shares')
    .action(async (files: readonly string[], options: ConfirmOptions) => {
      const published = await readMessage(io, options.set, parseRefreshedSet)
      const { challenge } = await readMessage(io, options.challenge, parseDrillChallenge)
      const answers = await Promise.all(files.map(file => readMessage(io, file, parseDrillAnswer)))
      const rehearsal = await rehearsedWith(io, options.rehearse, published.root, { challenge, answers })
      requireRefreshed(published, challenge, answers, rehearsal)
      const text =
        'All custodians have their new shares and a recovery succeeded. Destroy the old shares now.\n'
      await finish(io, options, { text, answer: { root: published.root, used: rehearsal?.used ?? [] } })
    })
}

/** Tries a recovery with these files, and checks the proofs of the answers with it; `null` without files. */
export async function rehearsedWith(
  io: Io,
  files: readonly string[] = [],
  root: Uint8Array,
  drill: Drill,
): Promise<Rehearsal | null> {
  if (files.length === 0) return null
  const read = await readAllShares(io, files)
  try {
    return await recovered(io, read, shares => rehearse(shares, root, { drill }))
  } finally {
    wipeShares(sharesOf(read))
  }
}
