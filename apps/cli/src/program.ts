import { type Argument, Command, Help, type Option } from 'commander'
import type { Io } from './io/io.js'
import { ownVersion } from './version.js'

/** `asked` is the word behind the command; `args` are all words. */
type MakeCommand = (io: Io, asked: string | undefined, args: readonly string[]) => Command | Promise<Command>
type Load = () => Promise<MakeCommand>

/** In the order in which help lists them. A command is loaded when it is asked for: loading all of them takes long. */
const commands: readonly { readonly name: string; readonly description: string; readonly load: Load }[] = [
  {
    name: 'ring',
    description: 'Keep the keys that two people share: they move on each month, and forget',
    load: async () => (await import('./commands/ring.js')).ringCommand,
  },
  {
    name: 'pair',
    description: 'Pair two people, at the first visit, by a QR code and eight digits',
    load: async () => (await import('./commands/pair.js')).pairCommand,
  },
  {
    name: 'message',
    description: 'Seal, open, inspect, split and join clinical messages',
    load: async () => (await import('./commands/message.js')).messageCommand,
  },
  {
    name: 'recovery',
    description: 'Let custodians together bring a ring back after a device is lost',
    load: async () => (await import('./commands/recovery.js')).recoveryCommand,
  },
  {
    name: 'shares',
    description: 'Split a secret among custodians, check their shares, and recover it from some of them',
    load: async () => (await import('./commands/shares.js')).sharesCommand,
  },
  {
    name: 'audit',
    description: 'Keep an audit log that an outsider can verify, and in which a patient can be forgotten',
    load: async () => (await import('./commands/audit.js')).auditCommand,
  },
  {
    name: 'conference',
    description: 'Hold a conference of a doctor with many patients, or join one',
    load: async () => (await import('./commands/conference.js')).conferenceCommand,
  },
  {
    name: 'team',
    description: 'Write as a care team: several clinicians and the patient, in one thread',
    load: async () => (await import('./commands/team.js')).teamCommand,
  },
  {
    name: 'ledger',
    description: 'Prescribe, dispense and prove in a ledger that gives out each unit once',
    load: async () => (await import('./commands/ledger.js')).ledgerCommand,
  },
  {
    name: 'break-glass',
    description: 'Open one record in an emergency: by a quorum of custodians, and never without a trace',
    load: async () => (await import('./commands/break-glass.js')).breakGlassCommand,
  },
  {
    name: 'envelope',
    description: 'Share records, grant access and take it back',
    load: async () => (await import('./commands/envelope.js')).envelopeCommand,
  },
  {
    name: 'blobs',
    description:
      'Move sealed records between a folder, a CAR file and your own IPFS node, and keep copies of them',
    load: async () => (await import('./commands/blobs.js')).blobsCommand,
  },
  {
    name: 'shl',
    description: 'Hand out a SMART Health Link, serve it, see who opened it; open the link of somebody else',
    load: async () => (await import('./commands/shl.js')).shlCommand,
  },
  {
    name: 'console',
    description: 'Compare the page that a clinic serves with a release',
    load: async () => (await import('./commands/console.js')).consoleCommand,
  },
  {
    name: 'unlock',
    description: 'Say whose lock is on a ring or an audit log, and take it away',
    load: async () => (await import('./commands/unlock.js')).unlockCommand,
  },
  {
    name: 'explain',
    description:
      'Say what a text or file is, what it shows without a key, and at which stage a broken one fails',
    load: async () => (await import('./commands/explain.js')).explainCommand,
  },
  {
    name: 'attack',
    description: 'Break what was published, before your eyes, and see version 2 refuse the same',
    load: async () => (await import('./commands/attack.js')).attackCommand,
  },
  {
    name: 'key',
    description: 'Derive keys from a shared secret, as version 1 does; version 2 has chartseal ring',
    load: async () => (await import('./commands/key.js')).keyCommand,
  },
  {
    name: 'vectors',
    description: 'Run the test vectors of a folder',
    load: async () => (await import('./commands/vectors.js')).vectorsCommand,
  },
  {
    name: 'interop',
    description: 'Answer JSON requests, one line each, from stdin to stdout',
    load: async () => (await import('./commands/interop.js')).interopCommand,
  },
]

/** The command and what is behind it: with them known, nothing else is loaded, which is most of a short run's time. */
function wordsIn(args: readonly string[]): readonly (string | undefined)[] {
  const words = args.filter(arg => !arg.startsWith('-'))
  return words[0] === 'help' ? words.slice(1) : words
}

/**
 * The words with the archive's group in its place: `ledger prescribe --v1 …` is `ledger v1 prescribe …`, whose commands
 * have other options than version 2's.
 */
export function archived(args: readonly string[]): readonly string[] {
  const [group, name] = wordsIn(args)
  if (group !== 'ledger' || name === 'v1' || !args.includes('--v1')) return args
  return args.flatMap(arg => (arg === '--v1' ? [] : arg === 'ledger' ? [arg, 'v1'] : [arg]))
}

/** The command line; it throws commander's errors instead of ending the process. */
export async function createProgram(io: Io, args: readonly string[]): Promise<Command> {
  const [asked, behind] = wordsIn(args)
  const program = new Command('chartseal')
    .description('Seals clinical messages, records and prescriptions. Not audited.')
    .version(ownVersion())
    .option('--no-color', 'no colours, as with the variable NO_COLOR')
    .addHelpText(
      'after',
      '\nExample:\n  $ chartseal message seal --ring okafor-rosa --patient PAT-12345 note.txt',
    )
  for (const { name, description, load } of commands) {
    program.addCommand(
      name === asked ? await (await load())(io, behind, args) : new Command(name).description(description),
    )
  }
  program.hook('preAction', (_, command) => checkOutputOf(io, command))
  return prepare(program, io, args.includes('--json'))
}

/** What `--out` would refuse is refused before any work: nothing is spent on a result that has nowhere to go. */
async function checkOutputOf(io: Io, command: Command): Promise<void> {
  const { out, force }: { readonly out?: unknown; readonly force?: unknown } = command.opts()
  if (typeof out !== 'string') return
  const { checkOutput } = await import('./io/output.js')
  const canForce = command.options.some(option => option.attributeName() === 'force')
  await checkOutput(io, out, canForce ? { force: force === true } : {})
}

// commander hands settings down to subcommands made by `command()`, not to added ones.
function prepare(command: Command, io: Io, json: boolean): Command {
  command
    .exitOverride()
    .configureHelp({
      // Its arguments and options are in its own help; here they would leave no room for what it does.
      subcommandTerm: child => child.name(),
      visibleOptions,
      visibleArguments: child => child.registeredArguments.filter(({ description }) => description !== ''),
      optionDescription,
      argumentDescription,
    })
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      // Under --json a refusal is one JSON object, which `run` writes.
      writeErr: text => json || io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'chartseal: ')),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  for (const child of command.commands) prepare(child, io, json)
  return command
}

const usualHelp = new Help()

/** What every command has: told last. */
const common: readonly (string | undefined)[] = ['--out', '--force', '--json', '--help']

/** First what must be given, then what may be, then what is everywhere. */
function visibleOptions(command: Command): Option[] {
  const rank = ({ mandatory, long }: Option): number => (mandatory ? 0 : 1 + common.indexOf(long) + 1)
  return usualHelp.visibleOptions(command).toSorted((a, b) => rank(a) - rank(b))
}

function optionDescription({ description, mandatory, defaultValue, argChoices }: Option): string {
  return withNotes(description, [
    ...(mandatory ? ['required'] : []),
    ...choiceNote(argChoices),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number'
      ? [`default: ${defaultValue === '' ? 'none' : defaultValue}`]
      : []),
  ])
}

/** That `-` is stdin, and taken where nothing is given, is in its words. */
function argumentDescription({ description, argChoices, defaultValue }: Argument): string {
  const isStdin = [defaultValue].flat().includes('-')
  const notes = defaultValue === undefined || isStdin ? [] : [`default: ${defaultValue}`]
  return withNotes(description, [...choiceNote(argChoices), ...notes])
}

const choiceNote = (choices: readonly string[] | undefined): readonly string[] =>
  choices === undefined ? [] : [`one of ${choices.join(', ')}`]

const withNotes = (text: string, notes: readonly string[]): string =>
  notes.length === 0 ? text : `${text} (${notes.join('; ')})`
