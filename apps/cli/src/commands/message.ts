import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them. Sealing is done by scripts, so only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['seal', async () => (await import('./message/seal.js')).sealCommand],
  ['open', async () => (await import('./message/open.js')).openCommand],
  ['inspect', async () => (await import('./message/inspect.js')).inspectCommand],
  ['split', async () => (await import('./message/parts.js')).splitCommand],
  ['join', async () => (await import('./message/parts.js')).joinCommand],
])

/** `chartseal message …`: version 2 with a ring; the published format, version 1, with a key and `--v1`. */
export async function messageCommand(io: Io, asked: string | undefined): Promise<Command> {
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  const made = await Promise.all(wanted.map(async load => (await load())(io)))
  return describeGroup('message', 'Seal, open, inspect, split and join clinical messages', ...made)
}
