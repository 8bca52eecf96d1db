import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them; only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['create', async () => (await import('./conference/create.js')).createCommand],
  ['invite', async () => (await import('./conference/invite.js')).inviteCommand],
  ['accept', async () => (await import('./conference/accept.js')).acceptCommand],
  ['enrol', async () => (await import('./conference/enrol.js')).enrolCommand],
  ['device', async () => (await import('./conference/device.js')).deviceCommand],
  ['host', async () => (await import('./conference/host.js')).hostCommand],
  ['join', async () => (await import('./conference/join.js')).joinCommand],
  ['leave', async () => (await import('./conference/join.js')).leaveCommand],
  ['watch', async () => (await import('./conference/join.js')).watchCommand],
])

/** `chartseal conference …`: one doctor, and many patients who do not learn of each other. */
export async function conferenceCommand(io: Io, asked: string | undefined): Promise<Command> {
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  const made = await Promise.all(wanted.map(async load => (await load())(io)))
  return describeGroup('conference', 'Hold a conference of a doctor with many patients, or join one', ...made)
}
