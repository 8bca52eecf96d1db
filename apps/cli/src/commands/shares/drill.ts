/** A drill: do custodians still have their shares? No share leaves its custodian. */
import { encodeHex } from '@chartseal/core/encoding'
import {
  answerDrill,
  checkDrill,
  type DrillAnswer,
  encodeDrillAnswer,
  encodeDrillChallenge,
  parseDrillAnswer,
  parseDrillChallenge,
  type Rehearsal,
  verifyShare,
  wipeShares,
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
import type { Io } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'
import { rehearsedWith } from './confirm.js'
import { type KnownSetOptions, readMessage, readRoot, withKnownSet } from './options.js'

export function drillCommand(io: Io): Command {
  return describeGroup(
    'shares drill',
    'Ask custodians to answer with their shares, without showing them',
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
      const { root, challenge } = await readMessage(io, options.challenge, parseDrillChallenge)
      const share = await readShareFile(io, file)
      verifyShare(share, { root })
      const text = encodeDrillAnswer(answerDrill(share, challenge))
      wipeShares([share])
      await finish(io, options, { text, answer: { x: share.x, message: text } })
    })
}

interface CheckOptions extends AnswerOptions {
  readonly rehearse?: readonly string[]
}

function checkCommand(io: Io): Command {
  const command = describeCommand(
    'check',
    'Check answers against the challenge that you made, and report whose are missing. With --rehearse, also that they were given with the shares themselves',
    'chartseal shares drill check --challenge challenge.cbor answer-1.cbor answer-2.cbor',
  )
  return withOutput(command)
    .requiredOption(...challengeOption)
    .option('--rehearse <shares...>', 'as many shares as recover the secret, which is not shown')
    .argument('<answers...>', 'files of `shares drill answer`')
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { root, challenge } = await readMessage(io, options.challenge, parseDrillChallenge)
      const answers = await Promise.all(files.map(file => readMessage(io, file, parseDrillAnswer)))
      for (const answer of answers) checkDrill(answer, challenge, root)
      const rehearsal = await rehearsedWith(io, options.rehearse, root, { challenge, answers })
      const result = resultOf(root, answers, rehearsal)
      await finish(io, options, { text: describe(result), answer: { ...result } })
    })
}

interface DrillResult {
  readonly root: Uint8Array
  readonly answered: readonly number[]
  /** Known to have the share itself; empty without a rehearsal. */
  readonly proven: readonly number[]
  readonly missing: readonly number[]
}

function resultOf(
  root: Uint8Array,
  answers: readonly DrillAnswer[],
  rehearsal: Rehearsal | null,
): DrillResult {
  const answered = [...new Set(answers.map(({ x }) => x))]
  const indexes = Array.from({ length: answers[0]?.numShares ?? 0 }, (_, i) => i + 1)
  const missing = indexes.filter(x => !answered.includes(x))
  return { root, answered, proven: rehearsal?.proven ?? [], missing }
}

function describe({ root, answered, proven, missing }: DrillResult): string {
  const checked =
    proven.length > 0
      ? `Proven to be the shares themselves: ${proven.join(', ')}.`
      : 'Whether they still have the shares themselves shows with --rehearse.'
  return [
    `Custodians ${answered.join(', ')} of the set with the root ${encodeHex(root)} answered.`,
    checked,
    missing.length === 0 ? 'All answered.' : `No answer of ${missing.join(', ')}.`,
    '',
  ].join('\n')
}
