import type { Command } from 'commander'
import { describeGroup } from '../io/command.js'
import type { Io } from '../io/io.js'

type MakeCommand = (io: Io) => Command

/** In the order in which help lists them; only what is asked for is loaded. */
const commands: ReadonlyMap<string, () => Promise<MakeCommand>> = new Map([
  ['roster', async () => (await import('./break-glass/roster.js')).rosterCommand],
  ['trust', async () => (await import('./break-glass/trust.js')).trustCommand],
  ['key', async () => (await import('./break-glass/key.js')).keyCommand],
  ['set', async () => (await import('./break-glass/set.js')).setCommand],
  ['sheet', async () => (await import('./break-glass/key.js')).sheetCommand],
  ['list', async () => (await import('./break-glass/list.js')).listCommand],
  ['ask', async () => (await import('./break-glass/ask.js')).askCommand],
  ['show', async () => (await import('./break-glass/show.js')).showCommand],
  ['release', async () => (await import('./break-glass/decide.js')).releaseCommand],
  ['deny', async () => (await import('./break-glass/decide.js')).denyCommand],
  ['open', async () => (await import('./break-glass/open.js')).openCommand],
  ['close', async () => (await import('./break-glass/open.js')).closeCommand],
  ['review', async () => (await import('./break-glass/review.js')).reviewCommand],
  ['drill', async () => (await import('./break-glass/list.js')).drillCommand],
  ['verify', async () => (await import('./break-glass/show.js')).verifyCommand],
])

/** `chartseal break-glass …`: one record in an emergency. */
export async function breakGlassCommand(io: Io, asked: string | undefined): Promise<Command> {
  const one = commands.get(asked ?? '')
  const wanted = one === undefined ? [...commands.values()] : [one]
  const made = await Promise.all(wanted.map(async load => (await load())(io)))
  const what = 'Open one record in an emergency: by a quorum of custodians, and never without a trace'
  return describeGroup('break-glass', what, ...made)
}
