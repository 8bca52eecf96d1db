import { acknowledge, requirePasted } from '@chartseal/clinic'
import { type DeviceFolder, withDeviceFolder } from '@chartseal/clinic/fs'
import type { HeldCareTeam } from '@chartseal/clinic/fs/team'
import { openTeamWelcome, parseTeamFrame } from '@chartseal/clinic/team'
import { ChartsealError } from '@chartseal/core/errors'
import { receiveForTeam, type Team, type TeamEvent, type TeamStep } from '@chartseal/elgamal-session/team'
import { messageOfTexts } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { inFile } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { folderOptions } from '../../io/ring.js'
import { type MessageOptions, naming, readInput, threadOptions, withThread } from '../message/options.js'
import { type FilesOptions, writeFiles } from './files.js'
import { inTeam, inTeamAlone, memberIn, type TeamOptions, withTeamFile } from './options.js'
import { eventAnswer, eventText } from './words.js'

interface OpenOptions extends MessageOptions, TeamOptions, FilesOptions {}

export function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Open what came for a care team, in any order: messages, changes, and with --ring the welcome',
    'chartseal team open --team ward3.team messages.txt',
    'chartseal team open --team ward3.team --files received messages.txt',
    'chartseal team open --team ward3.team --ring rosa-okafor --patient PAT-12345 welcome.txt',
  )
  return withThread(withTeamFile(command))
    .option('--files <folder>', 'write each file that somebody sent into this folder; nothing is replaced')
    .argument('[files...]', 'texts as they were pasted; - is stdin', ['-'])
    .action((files: readonly string[], options: OpenOptions) => runOpen(io, files, options))
}

async function runOpen(io: Io, files: readonly string[], options: OpenOptions): Promise<void> {
  const texts: string[] = []
  const wanted = options.ring === undefined ? (['team-frame'] as const) : (['message', 'part'] as const)
  for (const file of files) {
    const bytes = await readInput(io, file)
    texts.push(...(await inFile(file, () => requirePasted(bytes, wanted)).catch(hinting(options))))
  }
  if (options.ring === undefined) return openFrames(io, texts, options)
  await openWelcome(io, options.ring, messageOfTexts([...new Set(texts)]), options)
}

/** A welcome is a message between two, and nothing in it says so. */
const hinting =
  ({ ring }: OpenOptions) =>
  (error: unknown): never => {
    if (ring !== undefined || !(error instanceof ChartsealError) || error.code !== 'pasted/other-kind')
      throw error
    const { code, message, context } = error
    throw new ChartsealError(
      code,
      `${message} A welcome is opened with --ring FOLDER and --patient ID.`,
      context,
    )
  }

/** Shown, then stored: whatever fails or is killed, what was not stored is shown again. */
async function openFrames(io: Io, texts: readonly string[], options: OpenOptions): Promise<void> {
  const refusals = await inTeamAlone(io, options, async held => {
    const { seat, events, refusals: refused } = receiveAll(io, held.team, texts)
    await show(io, events, options)
    await held.store({ ...held, team: seat })
    return refused
  })
  const [first] = refusals
  if (first === undefined) return
  if (texts.length === 1) throw first
  for (const { message } of refusals) await writeLine(io.stderr, `Refused: ${message}`)
  throw new AlreadyTold()
}

interface Received extends TeamStep<Team> {
  readonly refusals: readonly ChartsealError[]
}

/** One that is refused keeps none of the others from being opened. */
function receiveAll(io: Io, team: Team, texts: readonly string[]): Received {
  let seat = team
  const events: TeamEvent[] = []
  const refusals: ChartsealError[] = []
  for (const text of texts) {
    try {
      const step = receiveForTeam(seat, parseTeamFrame(text), io)
      seat = step.seat
      events.push(...step.events)
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      refusals.push(error)
    }
  }
  return { seat, events, refusals }
}

async function show(io: Io, events: readonly TeamEvent[], options: OpenOptions): Promise<void> {
  const files = await writeFiles(io, events, options)
  if (events.length === 0) return
  await finish(io, options, {
    text: events.map(event => `${eventText(event, files)}\n`).join(''),
    answer: { events: events.map(event => eventAnswer(event, files)) },
    secret: true,
  })
}

async function openWelcome(io: Io, ring: string, message: Uint8Array, options: OpenOptions): Promise<void> {
  const place = await folderOptions(io, ring, options)
  await inTeam(io, options, place, held =>
    withDeviceFolder(place, folder => welcomed(io, held, folder, message, options)),
  )
}

/** Shown, the team durable, and only then the welcome counts as opened. */
async function welcomed(
  io: Io,
  held: HeldCareTeam,
  folder: DeviceFolder,
  message: Uint8Array,
  options: OpenOptions,
): Promise<void> {
  const header = await folder.change(async device => {
    const { result, device: after } = naming(options, () =>
      openTeamWelcome(memberIn(held), held.pair, device, message, threadOptions(options), io),
    )
    await show(io, result.events, options)
    await held.store({ ...held, team: result.seat })
    return { result: result.welcome, device: after }
  })
  await folder.change(device => acknowledge(device, header))
}
