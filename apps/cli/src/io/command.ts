/** What every command has in common: its example, `--json`, and where its result goes. */

import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { type Answer, toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import { Command, Help, InvalidArgumentError } from 'commander'
import { UsageError } from './errors.js'
import { type Io, write } from './io.js'
import { type Staged, stageFile, writeBytes } from './output.js'

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

/** What stands under the help of a command, for 80 columns: one paragraph each, of any length. */
export function helpNote(...paragraphs: readonly string[]): string {
  return ['', ...paragraphs.map(text => usualHelp.boxWrap(text, helpColumns))].join('\n')
}

const usualHelp = new Help()
const helpColumns = 80

/**
 * A command that only holds others; `name` is its whole path, such as `audit receipt`. The example under its help is
 * the first one of the first command in it.
 */
export function describeGroup(path: string, description: string, ...commands: readonly Command[]): Command {
  const group = new Command(path.split(' ').at(-1)).description(description)
  for (const command of commands) group.addCommand(command)
  return group.addHelpText(
    'after',
    exampleText([`chartseal ${path} ${commands[0]?.name() ?? ''} --help`.trim()]),
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
  const output = outputOf(options, result)
  if (options.out === undefined) return write(io.stdout, forTerminal(io, output))
  const { secret = false } = result
  return writeBytes(io, options.out, output, { force: options.force ?? false, secret })
}

/** The bytes or the text of a result, as they are asked for. */
export function outputOf(
  { json = false }: CommonOptions,
  { text, answer }: { readonly text: string | Uint8Array; readonly answer: Answer },
): string | Uint8Array {
  return json ? `${toJsonText(answer)}\n` : text
}

/** For a result in bytes that nobody reads on a screen; called before any work. @throws UsageError */
export function refuseTerminal(io: Io, { out, json = false }: OutputOptions): void {
  if (out === undefined && !json && io.isTerminal.stdout)
    throw new UsageError('the result is in bytes: give --out FILE, or --json for hexadecimal digits')
}

/** For content that may be text: bytes of any other kind could steer a terminal. @throws UsageError */
export function refuseBytesOnTerminal(
  io: Io,
  { out, json = false }: OutputOptions,
  content: Uint8Array,
): void {
  if (out === undefined && !json && io.isTerminal.stdout && textOf(content) === null)
    throw new UsageError('the content is not text: give --out FILE')
}

/** `null` for bytes that are not UTF-8. */
export function textOf(content: Uint8Array): string | null {
  try {
    return decodeUtf8(content)
  } catch {
    return null
  }
}

/** A result in memory, for `--out` or stdout, in two phases; readable by its owner only. */
export async function stageResult(
  io: Io,
  { out, force = false }: OutputOptions,
  output: string | Uint8Array,
): Promise<Staged> {
  if (out === undefined || out === '-') {
    return { publish: () => write(io.stdout, forTerminal(io, output)), discard: async () => undefined }
  }
  const bytes = typeof output === 'string' ? encodeUtf8(output) : output
  return stageFile(io, out, { force, secret: true }, file => file.writeFile(bytes))
}

/** A pipe gets the exact bytes; a terminal gets text that cannot steer it, and a line end before the prompt. */
function forTerminal(io: Io, output: string | Uint8Array): string | Uint8Array {
  if (!io.isTerminal.stdout || typeof output !== 'string') return output
  return output.endsWith('\n') ? visible(output) : `${visible(output)}\n`
}

function exampleText(examples: readonly string[]): string {
  const lines = examples.map(example => `  $ ${example}`)
  return ['', examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n')
}

/** Reads the value of an option as a whole number from 0; commander says which option is wrong. */
export function wholeNumber(text: string): number {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

/** A reader of a decimal integer in a range, for commander. */
export function parseInteger(least: bigint, most: bigint): (text: string) => bigint {
  return text => {
    const value = /^\d{1,40}$/.test(text) ? BigInt(text) : null
    if (value === null || value < least || value > most) {
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`)
    }
    return value
  }
}

/** The same for numbers below 2^53. */
export function parseCount(least: number, most: number): (text: string) => number {
  const parse = parseInteger(BigInt(least), BigInt(most))
  return text => Number(parse(text))
}
