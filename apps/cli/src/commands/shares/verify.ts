import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import { type ShareEnvelope, verifyShare, wipeShares } from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { inFile } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readShares } from '../../io/share-envelopes.js'
import { type KnownSetOptions, readRoot, withKnownSet } from './options.js'

interface VerifyOptions extends OutputOptions, KnownSetOptions {}

export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Check a share against damage, and with --set or --root that it belongs to that set',
    'chartseal shares verify --set share-set.cbor share-1.txt',
  )
  return withKnownSet(withOutput(command))
    .argument('[file]', 'the share; - is stdin', '-')
    .action(async (file: string, options: VerifyOptions) => {
      const root = await readRoot(io, options)
      const { shares, refused } = await readShares(io, file)
      const [error] = refused
      if (error !== undefined) throw error
      for (const share of shares) await inFile(file, () => verifyShare(share, root === null ? {} : { root }))
      const known = root !== null
      const answers = shares.map(share => answerOf(share, known))
      await finish(io, options, {
        text: shares.map(share => describe(share, known)).join('\n'),
        answer: answers.length === 1 && answers[0] !== undefined ? answers[0] : { shares: answers },
      })
      wipeShares(shares)
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

function answerOf(share: ShareEnvelope, known: boolean): Answer {
  const { x, threshold, numShares, setId, root, label, createdMs } = share
  return {
    sound: true,
    x,
    threshold,
    num_shares: numShares,
    set_id: setId,
    root,
    root_compared: known,
    label,
    created: createdMs,
  }
}
