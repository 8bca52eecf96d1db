import { readFileSync } from 'node:fs'
import { JsonObject } from '@chartseal/core/json'
import { Command } from 'commander'
import { auditCommand } from './commands/audit.js'
import { conferenceCommand } from './commands/conference.js'
import { demoCommand } from './commands/demo.js'
import { envelopeCommand } from './commands/envelope.js'
import { explainCommand } from './commands/explain.js'
import { interopCommand } from './commands/interop.js'
import { keyCommand } from './commands/key.js'
import { ledgerCommand } from './commands/ledger.js'
import { messageCommand } from './commands/message.js'
import { pairCommand } from './commands/pair.js'
import { recoveryCommand } from './commands/recovery.js'
import { ringCommand } from './commands/ring.js'
import { sharesCommand } from './commands/shares.js'
import { vectorsCommand } from './commands/vectors.js'
import type { Io } from './io/io.js'

/** One line per command, in the order in which help lists them. */
const commands: readonly ((io: Io) => Command)[] = [
  demoCommand,
  keyCommand,
  ringCommand,
  pairCommand,
  messageCommand,
  recoveryCommand,
  sharesCommand,
  auditCommand,
  conferenceCommand,
  ledgerCommand,
  envelopeCommand,
  explainCommand,
  vectorsCommand,
  interopCommand,
]

/** The whole command line; it throws commander's errors instead of ending the process. */
export function createProgram(io: Io): Command {
  const program = new Command('chartseal')
    .description('Seals clinical messages, records and prescriptions. Not audited.')
    .version(ownVersion())
    .option('--no-color', 'no colours, as with the variable NO_COLOR')
    .addHelpText(
      'after',
      '\nExample:\n  $ chartseal message seal --ring okafor-rosa --patient PAT-12345 note.txt',
    )
  for (const create of commands) program.addCommand(create(io))
  return prepare(program, io)
}

// commander hands settings down to subcommands made by `command()`, not to added ones.
function prepare(command: Command, io: Io): Command {
  command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  for (const child of command.commands) prepare(child, io)
  return command
}

function ownVersion(): string {
  return JsonObject.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).text('version')
}
