import { formatMessage, parseMessage, splitMessage } from '@chartseal/wire'
import { type Command, Option } from 'commander'
import { describeCommand, finish, type OutputOptions, parseCount, withOutput } from '../../io/command.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { textsIn, wholeMessage } from './texts.js'

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
      new Option('--max <characters>', 'what the chat takes')
        .argParser(parseCount(64, 1 << 24))
        .default(telegram),
    )
    .argument('[file]', 'the message; - is stdin', '-')
    .action(async (file: string, options: SplitOptions) => {
      const parts = splitMessage(parseMessage((await readText(io, file)).trim()), options.max)
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
    .argument('[files...]', 'the parts, one a line, in any order; - is stdin', ['-'])
    .action(async (files: readonly string[], options: OutputOptions) => {
      const texts = await Promise.all(files.map(file => readText(io, file)))
      const message = formatMessage(wholeMessage(textsIn(texts.join('\n'))))
      await finish(io, options, { text: `${message}\n`, answer: { message } })
    })
}
