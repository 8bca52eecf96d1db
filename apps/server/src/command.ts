/** What a command of the server is, and how its words are read. */
import { parseArgs } from 'node:util'
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { type Config, readConfig, type SettingName, settings } from './config.js'

export interface CommandErrors {
  'command/usage': { reason: string }
}

export const commandError: ErrorFactory<CommandErrors> = defineErrors<CommandErrors>({
  'command/usage': '{reason}',
})

/** The process around a command. */
export interface Io {
  readonly env: { readonly [name: string]: string | undefined }
  readonly clock: Clock
  readonly random: Random
  out(text: string): void
  err(text: string): void
  /** Resolves at the first SIGTERM or SIGINT. */
  ended(): Promise<void>
}

export interface CommandFlag {
  readonly help: string
  readonly isSwitch?: boolean
}

export interface Command {
  readonly name: string
  readonly summary: string
  readonly example: string
  readonly flags: { readonly [name: string]: CommandFlag }
  /** Those that it heeds: others are no flags of it, and in the environment or the file they are for others. */
  readonly settings: readonly SettingName[]
  /** Resolves with the exit code. */
  run(io: Io, given: Given): Promise<number>
}

export interface Given {
  readonly config: Config
  /** Of the command's own flags; a switch that is on is `on`. */
  readonly own: { readonly [name: string]: string | undefined }
}

/** @throws ChartsealError `command/usage`, `config/…` */
export function readWords(command: Command, words: readonly string[], env: Io['env']): Given | 'help' {
  const text = { type: 'string' } as const
  const shared = Object.fromEntries([...command.settings, 'config'].map(name => [name, text]))
  const own = Object.fromEntries(
    Object.entries(command.flags).map(([name, { isSwitch }]) => [
      name,
      isSwitch === true ? ({ type: 'boolean' } as const) : text,
    ]),
  )
  const values = parsed(words, { ...shared, ...own, help: { type: 'boolean', short: 'h' } })
  if (values['help'] === true) return 'help'
  const texts = Object.entries(values).map(([name, value]) => [name, value === true ? 'on' : String(value)])
  const isOwn = ([name]: readonly string[]): boolean => Object.hasOwn(command.flags, name ?? '')
  return {
    config: readConfig(Object.fromEntries(texts.filter(one => !isOwn(one))), env),
    own: Object.fromEntries(texts.filter(isOwn)),
  }
}

/** An option that a command cannot do without. @throws ChartsealError `command/usage` */
export function required(own: Given['own'], name: string): string {
  const value = own[name]
  if (value === undefined)
    throw commandError('command/usage', { reason: `The option --${name} must be given.` })
  return value
}

interface Options {
  readonly [name: string]: { readonly type: 'string' | 'boolean'; readonly short?: string }
}

/** An id of 16 or 32 bytes in base64url: one in 64 begins with a dash, as an option does. */
const dashedId = /^-(?:[\w-]{21}|[\w-]{42})$/

/** Behind an option that takes a text, such an id is that text. */
function withIds(words: readonly string[], options: Options): string[] {
  const joined: string[] = []
  for (const word of words) {
    const last = joined.at(-1) ?? ''
    const takesText = last.startsWith('--') && options[last.slice(2)]?.type === 'string'
    if (takesText && dashedId.test(word) && !Object.hasOwn(options, word.slice(2)))
      joined.splice(-1, 1, `${last}=${word}`)
    else joined.push(word)
  }
  return joined
}

function parsed(words: readonly string[], options: Options): { readonly [name: string]: unknown } {
  try {
    return parseArgs({ args: withIds(words, options), options, strict: true, allowPositionals: false }).values
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw commandError('command/usage', { reason: error.message })
  }
}

/** The text for `--help` of one command. */
export function helpOf({ name, summary, example, flags, settings: heeded }: Command): string {
  const own = Object.entries(flags).map(([flag, { help, isSwitch }]) =>
    row(isSwitch === true ? `--${flag}` : `--${flag} <value>`, help),
  )
  const shared = heeded.map(flag =>
    row(`--${flag} <value>`, `${settings[flag].help} (${settings[flag].env})`),
  )
  return [
    `chartseal-server ${name}: ${summary}`,
    '',
    ...own,
    ...shared,
    ...(heeded.length === 0 ? [] : [row('--config <file>', config)]),
    '',
    `Example: ${example}`,
    '',
  ].join('\n')
}

const config =
  'JSON with names of settings, as serve has them (CHARTSEAL_CONFIG); flags come first, then the environment'

function row(left: string, right: string): string {
  return `  ${left.padEnd(28)} ${right}`
}

/** One line for people. */
export function refusalText(error: unknown): string {
  if (error instanceof ChartsealError) return `${error.message} (${error.code})\n`
  return `${error instanceof Error ? (error.stack ?? error.message) : error}\n`
}
