import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them; only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['create', async () => (await import('./team/create.js')).createCommand],
  ['invite', async () => (await import('./team/invite.js')).inviteCommand],
  ['accept', async () => (await import('./team/accept.js')).acceptCommand],
  ['add', async () => (await import('./team/add.js')).addCommand],
  ['welcome', async () => (await import('./team/add.js')).welcomeCommand],
  ['remove', async () => (await import('./team/change.js')).removeCommand],
  ['seal', async () => (await import('./team/write.js')).sealCommand],
  ['open', async () => (await import('./team/open.js')).openCommand],
  ['show', async () => (await import('./team/show.js')).showCommand],
  ['leave', async () => (await import('./team/write.js')).leaveCommand],
  ['renew', async () => (await import('./team/change.js')).renewCommand],
])

/** `chartseal team …`: several clinicians and the patient in one thread. */
export async function teamCommand(io: Io, asked: string | undefined): Promise<Command> {
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  const made = await Promise.all(wanted.map(async load => (await load())(io)))
  return describeGroup(
    'team',
    'Write as a care team: several clinicians and the patient, in one thread',
    ...made,
  )
}
