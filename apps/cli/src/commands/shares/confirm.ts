import {
  parseDrillAnswer,
  parseDrillChallenge,
  parseRefreshedSet,
  type Rehearsal,
  rehearse,
  requireRefreshed,
} from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'

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
      'new shares to try a recovery with, all where possible; nothing is shown',
    )
    .argument('<answers...>', 'files of `shares drill answer` with the new shares')
    .action(async (files: readonly string[], options: ConfirmOptions) => {
      const published = parseRefreshedSet(await readBytes(io, options.set))
      const { challenge } = parseDrillChallenge(await readBytes(io, options.challenge))
      const answers = await Promise.all(files.map(async file => parseDrillAnswer(await readBytes(io, file))))
      const rehearsal = await tried(io, options.rehearse ?? [], published.root)
      requireRefreshed(published, challenge, answers, rehearsal)
      const text =
        'All custodians have their new shares and a recovery succeeded. Destroy the old shares now.\n'
      await finish(io, options, { text, answer: { root: published.root, used: rehearsal?.used ?? [] } })
    })
}

async function tried(io: Io, files: readonly string[], root: Uint8Array): Promise<Rehearsal | null> {
  if (files.length === 0) return null
  const shares = await Promise.all(files.map(file => readShareFile(io, file)))
  try {
    return rehearse(shares, root)
  } finally {
    for (const { y } of shares) y.fill(0)
  }
}
