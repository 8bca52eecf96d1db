/** A drill: do custodians still have their shares? Nothing of a share leaves its custodian. */
import { encodeHex } from '@chartseal/core/encoding'
import {
  answerDrill,
  checkDrill,
  encodeDrillAnswer,
  encodeDrillChallenge,
  parseDrillAnswer,
  parseDrillChallenge,
  verifyShare,
} from '@chartseal/shamir'
import type { Command } from 'commander'
import {
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  refuseTerminal,
  withOutput,
} from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'
import { type KnownSetOptions, readRoot, withKnownSet } from './options.js'

export function drillCommand(io: Io): Command {
  return describeGroup(
    'shares drill',
    'Ask custodians to prove that their shares are there and whole, without showing them',
    challengeCommand(io),
    answerCommand(io),
    checkCommand(io),
  )
}

interface ChallengeOptions extends OutputOptions, KnownSetOptions {}

const challengeBytes = 32

function challengeCommand(io: Io): Command {
  const command = describeCommand(
    'challenge',
    'Write a fresh challenge for the custodians of a set',
    'chartseal shares drill challenge --set share-set.cbor --out challenge.cbor',
  )
  return withKnownSet(withOutput(command)).action(async (options: ChallengeOptions) => {
    refuseTerminal(io, options)
    const root = await readRoot(io, options)
    if (root === null) throw new UsageError('name the set: give --set or --root')
    const challenge = io.random.bytes(challengeBytes)
    const text = encodeDrillChallenge({ root, challenge })
    await finish(io, options, { text, answer: { root, challenge, message: text } })
  })
}

interface AnswerOptions extends OutputOptions {
  readonly challenge: string
}

const challengeOption = ['--challenge <file>', 'the file of `shares drill challenge`'] as const

function answerCommand(io: Io): Command {
  const command = describeCommand(
    'answer',
    'Custodian: answer a challenge. The answer is public',
    'chartseal shares drill answer --challenge challenge.cbor share-1.txt --out answer-1.cbor',
  )
  return withOutput(command)
    .requiredOption(...challengeOption)
    .argument('[share]', 'the share; - is stdin', '-')
    .action(async (file: string, options: AnswerOptions) => {
      refuseTerminal(io, options)
      const { root, challenge } = parseDrillChallenge(await readBytes(io, options.challenge))
      const share = await readShareFile(io, file)
      verifyShare(share, { root })
      const text = encodeDrillAnswer(answerDrill(share, challenge))
      share.y.fill(0)
      await finish(io, options, { text, answer: { x: share.x, message: text } })
    })
}

function checkCommand(io: Io): Command {
  const command = describeCommand(
    'check',
    'Check answers against the challenge that you made, and tell whose are missing',
    'chartseal shares drill check --challenge challenge.cbor answer-1.cbor answer-2.cbor',
  )
  return withOutput(command)
    .requiredOption(...challengeOption)
    .argument('<answers...>', 'files of `shares drill answer`')
    .action(async (files: readonly string[], options: AnswerOptions) => {
      const { root, challenge } = parseDrillChallenge(await readBytes(io, options.challenge))
      const found = new Set<number>()
      let numShares = 0
      for (const file of files) {
        const answer = parseDrillAnswer(await readBytes(io, file))
        checkDrill(answer, challenge, root)
        found.add(answer.x)
        numShares = answer.numShares
      }
      const proven = [...found]
      const missing = Array.from({ length: numShares }, (_, i) => i + 1).filter(x => !proven.includes(x))
      const text = [
        `Shares ${proven.join(', ')} of the set with the root ${encodeHex(root)} are there.`,
        missing.length === 0 ? 'All answered.' : `No answer of ${missing.join(', ')}.`,
        '',
      ].join('\n')
      await finish(io, options, { text, answer: { root, proven, missing } })
    })
}
