import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import { type ShareEnvelope, verifyShare } from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'
import { type KnownSetOptions, readRoot, withKnownSet } from './options.js'

interface VerifyOptions extends OutputOptions, KnownSetOptions {}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Check one share against damage, and with --set or --root that it belongs to that set',
    'chartseal shares verify --set share-set.cbor share-1.txt',
  )
  return withKnownSet(withOutput(command))
    .argument('[file]', 'the share; - is stdin', '-')
    .action(async (file: string, options: VerifyOptions) => {
      const root = await readRoot(io, options)
      const share = await readShareFile(io, file)
      verifyShare(share, root === null ? {} : { root })
      await finish(io, options, {
        text: describe(share, root !== null),
        answer: answerOf(share, root !== null),
      })
      share.y.fill(0)
    })
}

function describe({ x, threshold, numShares, setId, root, label, createdMs }: ShareEnvelope, known: boolean) {
  return [
    `Share ${x} of ${numShares} is sound; ${threshold} recover the secret.`,
    `Set      ${encodeHex(setId)}`,
    `Root     ${encodeHex(root)} ${known ? '(the one that was named)' : '(not compared: give --set or --root)'}`,
    `Label    ${quoted(label)}, of ${new Date(createdMs).toISOString()}; nothing protects these two`,
    '',
  ].join('\n')
}

function answerOf({ x, threshold, numShares, setId, root, label, createdMs }: ShareEnvelope, known: boolean) {
  return {
    ...{ sound: true, x, threshold, num_shares: numShares, set_id: setId, root, root_compared: known },
    ...{ label, created: createdMs },
  }
}
