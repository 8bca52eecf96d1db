import { acknowledge } from '@chartseal/clinic'
import { type DeviceFolder, withDeviceFolder } from '@chartseal/clinic/fs'
import type { HeldCareTeam } from '@chartseal/clinic/fs/team'
import { addFromAnswer, formatTeamFrame, sealWelcomeAgain } from '@chartseal/clinic/team'
import { formatMessage } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type Io, writeLine } from '../../io/io.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { folderOptions } from '../../io/ring.js'
import {
  type MessageOptions,
  messageIn,
  naming,
  ringFolder,
  threadOptions,
  withThread,
} from '../message/options.js'
import { inTeam, keeperIn, type TeamOptions, withTeamFile } from './options.js'
import { listOf } from './words.js'

interface AddOptions extends MessageOptions, TeamOptions {
  readonly change?: string
}

export function addCommand(io: Io): Command {
  const command = describeCommand(
    'add',
    'Read the answer to an invitation: seal the welcome, and print the change for all others',
    'chartseal team add --team ward3.team --ring okafor-rosa --patient PAT-12345 --out welcome.txt --change change.txt answer.sealed',
  )
  return withAdding(command)
    .argument('[files...]', 'the answer or its parts, as they were pasted; - is stdin', ['-'])
    .action(async (files: readonly string[], options: AddOptions) => {
      const message = await messageIn(io, files)
      await run(io, options, (held, folder) => addHeld(io, held, folder, message, options))
    })
}

export function welcomeCommand(io: Io): Command {
  const command = describeCommand(
    'welcome',
    'Seal the welcome of a member once more: they lost it, or changes behind it, or you have renewed',
    'chartseal team welcome --team ward3.team --ring okafor-rosa --patient PAT-12345 --out welcome.txt',
  )
  return withAdding(command).action((options: AddOptions) =>
    run(io, options, (held, folder) => welcomeHeld(io, held, folder, options)),
  )
}

const withAdding = (command: Command): Command =>
  withThread(withTeamFile(command)).option('--change <file>', 'write the text for all others to this file')

interface Added {
  readonly name: string
  readonly welcome: string
  readonly change: string
  readonly others: string
}

async function run(
  io: Io,
  options: AddOptions,
  step: (held: HeldCareTeam, folder: DeviceFolder) => Promise<Added>,
): Promise<void> {
  const { force = false } = options
  if (options.change !== undefined) await checkOutput(io, options.change, { force })
  const place = await folderOptions(io, ringFolder(options), options)
  const { name, welcome, change, others } = await inTeam(io, options, place, held =>
    withDeviceFolder(place, folder => step(held, folder)),
  )
  if (options.change !== undefined) await writeBytes(io, options.change, `${change}\n`, { force })
  const toOthers =
    others === '' ? '' : ` The change, which begins with [CHARTSEAL:team-v2:, is for ${others}.`
  await writeLine(io.stderr, `${name} is in. The welcome is for them alone.${toOthers}`)
  const isShown = options.change === undefined && others !== ''
  await finish(io, options, {
    text: isShown ? `${welcome}\n${change}\n` : `${welcome}\n`,
    answer: { name, welcome, change, others },
  })
}

/** The team is durable before the answer counts as opened: killed in between, the same answer adds again. */
async function addHeld(
  io: Io,
  held: HeldCareTeam,
  folder: DeviceFolder,
  message: Uint8Array,
  options: AddOptions,
): Promise<Added> {
  const { answer, ...added } = await folder.change(async device => {
    const { result, device: after } = naming(options, () =>
      addFromAnswer(keeperIn(held), device, message, threadOptions(options), io),
    )
    await held.store({ ...held, team: result.seat })
    const { adding, message: welcome } = result
    const told = toldOf(adding.added.name, welcome, adding.frame, adding.to)
    return { result: { ...told, answer: result.answer }, device: after }
  })
  await folder.change(device => acknowledge(device, answer))
  return added
}

async function welcomeHeld(
  io: Io,
  held: HeldCareTeam,
  folder: DeviceFolder,
  options: AddOptions,
): Promise<Added> {
  return folder.change(async device => {
    const { result, device: after } = sealWelcomeAgain(keeperIn(held), device, threadOptions(options), io)
    await held.store({ ...held, team: result.seat })
    const { added, frame, to } = result.adding
    return { result: toldOf(added.name, result.message, frame, to), device: after }
  })
}

function toldOf(
  name: string,
  welcome: Uint8Array,
  change: Uint8Array,
  to: readonly { readonly name: string }[],
): Added {
  return { name, welcome: formatMessage(welcome), change: formatTeamFrame(change), others: listOf(to) }
}
