/** What every command has in common: its example, `--json`, and where its result goes. */

import { type Answer, toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import { Command } from 'commander'
import { UsageError } from './errors.js'
import { writeBytes } from './files.js'
import { type Io, write } from './io.js'

/** Options that each command may read beside its own. */
export interface CommonOptions {
  readonly json?: boolean
}

/** Options of a command that writes a file when asked to. */
export interface OutputOptions extends CommonOptions {
  readonly out?: string
  readonly force?: boolean
}

/** A command with `--json` and examples under its help. Examples are whole command lines. */
export function describeCommand(name: string, description: string, ...examples: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'answer with one JSON object')
    .addHelpText('after', exampleText(examples))
}

/** A command that only holds others. */
export function describeGroup(name: string, description: string, ...commands: readonly Command[]): Command {
  const group = new Command(name).description(description)
  for (const command of commands) group.addCommand(command)
  return group.addHelpText(
    'after',
    exampleText([`chartseal ${name} ${commands[0]?.name() ?? ''} --help`.trim()]),
  )
}

/** A command that only holds others and stands below another one. */
export function describeSubgroup(
  parent: string,
  name: string,
  description: string,
  ...commands: readonly Command[]
): Command {
  const group = new Command(name).description(description)
  for (const command of commands) group.addCommand(command)
  return group.addHelpText(
    'after',
    exampleText([`chartseal ${parent} ${name} ${commands[0]?.name() ?? ''} --help`]),
  )
}

export function withOutput(command: Command): Command {
  return command
    .option('-o, --out <file>', 'write the result to this file instead of stdout')
    .option('--force', 'let --out replace a file that exists')
}

/** The result of a command: `text` for people, `answer` under `--json`; to `--out` where there is one. */
export async function finish(
  io: Io,
  options: OutputOptions,
  result: { readonly text: string | Uint8Array; readonly answer: Answer; readonly secret?: boolean },
): Promise<void> {
  const output = options.json === true ? `${toJsonText(result.answer)}\n` : result.text
  if (options.out === undefined) return write(io.stdout, forTerminal(io, output))
  const { secret = false } = result
  return writeBytes(io, options.out, output, { force: options.force ?? false, secret })
}

/** For a result in bytes that nobody reads on a screen; called before any work. @throws UsageError */
export function refuseTerminal(io: Io, { out, json = false }: OutputOptions): void {
  if (out === undefined && !json && io.isTerminal.stdout)
    throw new UsageError('the result is in bytes: give --out FILE, or --json for hexadecimal digits')
}

// A pipe gets the exact bytes. On a terminal, text must not steer it, and a prompt not stand behind it.
function forTerminal(io: Io, output: string | Uint8Array): string | Uint8Array {
  if (!io.isTerminal.stdout || typeof output !== 'string') return output
  return output.endsWith('\n') ? visible(output) : `${visible(output)}\n`
}

function exampleText(examples: readonly string[]): string {
  const lines = examples.map(example => `  $ ${example}`)
  return ['', examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n')
}
