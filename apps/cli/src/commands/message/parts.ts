import { formatMessage, parseMessage, splitMessage } from '@chartseal/wire'
import { type Command, Option } from 'commander'
import { describeCommand, finish, type OutputOptions, parseCount, withOutput } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { messageIn, pastedIn } from './options.js'

const telegram = 4096

interface SplitOptions extends OutputOptions {
  readonly max: number
}

export function splitCommand(io: Io): Command {
  const command = describeCommand(
    'split',
    'Split a sealed message for a chat, without a key',
    'chartseal message split --max 2000 ct.sealed',
  )
  return withOutput(command)
    .addOption(
      new Option('--max <characters>', 'the most characters that the chat accepts in one message')
        .argParser(parseCount(64, 1 << 24))
        .default(telegram),
    )
    .argument('[file]', 'the message, as it was pasted; - is stdin', '-')
    .action(async (file: string, options: SplitOptions) => {
      const [text = '', ...others] = await pastedIn(io, file, ['message'])
      if (others.length > 0) throw new UsageError('more than one message was given')
      const parts = splitMessage(parseMessage(text), options.max)
      await finish(io, options, { text: `${parts.join('\n')}\n`, answer: { messages: parts } })
    })
}

export function joinCommand(io: Io): Command {
  const command = describeCommand(
    'join',
    'Join the parts of a sealed message, without a key',
    'chartseal message join part1.txt part2.txt',
  )
  return withOutput(command)
    .argument('[files...]', 'the parts, as they were pasted, in any order; - is stdin', ['-'])
    .action(async (files: readonly string[], options: OutputOptions) => {
      const message = formatMessage(await messageIn(io, files))
      await finish(io, options, { text: `${message}\n`, answer: { message } })
    })
}
