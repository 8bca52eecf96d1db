import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them; only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['keygen', async () => (await import('./envelope/keygen.js')).keygenCommand],
  ['recipient', async () => (await import('./envelope/recipient.js')).recipientCommand],
  ['owner', async () => (await import('./envelope/recipient.js')).ownerCommand],
  ['put', async () => (await import('./envelope/put.js')).putCommand],
  ['get', async () => (await import('./envelope/get.js')).getCommand],
  ['inspect', async () => (await import('./envelope/inspect.js')).inspectCommand],
  ['grant', async () => (await import('./envelope/grant.js')).grantCommand],
  ['revoke', async () => (await import('./envelope/revoke.js')).revokeCommand],
  ['capability', async () => (await import('./envelope/capability.js')).capabilityCommand],
  ['verify', async () => (await import('./envelope/verify.js')).verifyCommand],
  ['age-export', async () => (await import('./envelope/age.js')).ageExportCommand],
  ['age-import', async () => (await import('./envelope/age.js')).ageImportCommand],
  ['token', async () => (await import('./envelope/token.js')).tokenCommand],
])

/**
 * `chartseal envelope …`: records encrypted once, shared with many. With `--v1` the commands of the published design,
 * whose options are others.
 */
export async function envelopeCommand(
  io: Io,
  asked: string | undefined,
  args: readonly string[],
): Promise<Command> {
  return describeGroup(
    'envelope',
    'Share records, grant access and take it back',
    ...(await made(io, asked, args)),
  )
}

async function made(io: Io, asked: string | undefined, args: readonly string[]): Promise<readonly Command[]> {
  if (optionsOf(args).includes('--v1')) return (await import('./envelope/v1/commands.js')).commandsV1(io)
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  return Promise.all(wanted.map(async load => (await load())(io)))
}

/** What stands before `--`. */
function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return end < 0 ? args : args.slice(0, end)
}
