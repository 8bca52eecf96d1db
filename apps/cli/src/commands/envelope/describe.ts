import type { Command } from 'commander'
import { describeCommand } from '../../io/command.js'

/** A command that has another one of its name for the published design. */
export function describeRecords(name: string, description: string, ...examples: readonly string[]): Command {
  return describeCommand(name, description, ...examples).option(
    '--v1',
    `the published design, for archives: envelope ${name} --v1 --help shows its options`,
  )
}
