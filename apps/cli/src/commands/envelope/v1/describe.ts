import type { Command } from 'commander'
import { describeCommand } from '../../../io/command.js'

/** A command on packages of the published design. Which of the two is meant is decided before this is made. */
export function describeV1(name: string, description: string, ...examples: readonly string[]): Command {
  return describeCommand(name, `${description} (version 1, for archives)`, ...examples).option(
    '--v1',
    'the published design: RSA keys in PEM, packages that nobody signs',
  )
}
