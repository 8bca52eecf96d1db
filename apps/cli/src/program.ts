import { readFileSync } from 'node:fs'
import { JsonObject } from '@chartseal/core/json'
import { Command } from 'commander'
import type { Io } from './io/io.js'

type MakeCommand = (io: Io) => Command

/** One line per command, in the order in which help lists them. Each is loaded when it is asked for. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['key', async () => (await import('./commands/key.js')).keyCommand],
  ['ring', async () => (await import('./commands/ring.js')).ringCommand],
  ['pair', async () => (await import('./commands/pair.js')).pairCommand],
  ['message', async () => (await import('./commands/message.js')).messageCommand],
  ['recovery', async () => (await import('./commands/recovery.js')).recoveryCommand],
  ['shares', async () => (await import('./commands/shares.js')).sharesCommand],
  ['audit', async () => (await import('./commands/audit.js')).auditCommand],
  ['conference', async () => (await import('./commands/conference.js')).conferenceCommand],
  ['ledger', async () => (await import('./commands/ledger.js')).ledgerCommand],
  ['envelope', async () => (await import('./commands/envelope.js')).envelopeCommand],
  ['unlock', async () => (await import('./commands/unlock.js')).unlockCommand],
  ['explain', async () => (await import('./commands/explain.js')).explainCommand],
  ['vectors', async () => (await import('./commands/vectors.js')).vectorsCommand],
  ['interop', async () => (await import('./commands/interop.js')).interopCommand],
])

/**
 * The command line; it throws commander's errors instead of ending the process. `asked` is its first word: when it is
 * a command, the others are not loaded, which is most of the time that a short command takes.
 */
export async function createProgram(io: Io, asked: string | undefined): Promise<Command> {
  const program = new Command('chartseal')
    .description('Seals clinical messages, records and prescriptions. Not audited.')
    .version(ownVersion())
    .option('--no-color', 'no colours, as with the variable NO_COLOR')
    .addHelpText(
      'after',
      '\nExample:\n  $ chartseal message seal --ring okafor-rosa --patient PAT-12345 note.txt',
    )
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  for (const make of await Promise.all(wanted.map(load => load()))) program.addCommand(make(io))
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
