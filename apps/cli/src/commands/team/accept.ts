import { stat } from 'node:fs/promises'
import { acknowledge, type Change, type Device } from '@chartseal/clinic'
import { type DeviceFolder, type FolderOptions, withDeviceFolder } from '@chartseal/clinic/fs'
import { createCareTeamFile } from '@chartseal/clinic/fs/team'
import { type AcceptedTeam, acceptTeamInvitation, type CareTeam } from '@chartseal/clinic/team'
import { visible } from '@chartseal/core/text'
import type { TeamMember } from '@chartseal/elgamal-session/team'
import { formatMessage } from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { pathOf } from '../../io/files.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import { type Io, writeLine } from '../../io/io.js'
import { folderOptions } from '../../io/ring.js'
import {
  type MessageOptions,
  messageIn,
  naming,
  ringFolder,
  threadOptions,
  withThread,
} from '../message/options.js'
import { inTeam, memberIn, type TeamOptions, withTeamFile } from './options.js'

interface AcceptOptions extends MessageOptions, TeamOptions, HardeningOptions {
  readonly box?: string
}

export function acceptCommand(io: Io): Command {
  const command = describeCommand(
    'accept',
    'Read an invitation, make a key for this care team alone, and print the sealed answer',
    'chartseal team accept --team ward3.team --ring rosa-okafor --patient PAT-12345 invitation.sealed',
  )
  return withHardening(withThread(withTeamFile(command)))
    .option('--box <id>', 'your mailbox at the clinic, for copies')
    .argument('[files...]', 'the invitation or its parts, as they were pasted; - is stdin', ['-'])
    .action((files: readonly string[], options: AcceptOptions) => runAccept(io, files, options))
}

/** The file is made under the passphrase of the ring; with one of this team there, the answer is given again. */
async function runAccept(io: Io, files: readonly string[], options: AcceptOptions): Promise<void> {
  const message = await messageIn(io, files)
  const place = await folderOptions(io, ringFolder(options), options)
  const { team: file } = options
  const isThere = (await stat(pathOf(io, file)).catch(() => null)) !== null
  const accepted = await withDeviceFolder(place, folder =>
    isThere
      ? inTeam(io, options, place, held =>
          accept(io, folder, message, options, memberIn(held), next => held.store(next)),
        )
      : accept(io, folder, message, options, null, next => begin(io, place, options, next)),
  )
  const answer = formatMessage(accepted.message)
  const { title, keeperName } = accepted
  await writeLine(
    io.stderr,
    `${visible(title)}, kept by ${visible(keeperName)}. Next: send the answer to them.`,
  )
  await finish(io, options, {
    text: `${answer}\n`,
    answer: { message: answer, team: file, title, keeper: keeperName },
  })
}

interface Accepted {
  readonly message: Uint8Array
  readonly title: string
  readonly keeperName: string
}

/** The team is durable, then the invitation counts as opened; only then the answer leaves. */
async function accept(
  io: Io,
  folder: DeviceFolder,
  message: Uint8Array,
  options: AcceptOptions,
  known: TeamMember | null,
  store: (next: CareTeam) => Promise<void>,
): Promise<Accepted> {
  const accepted = await folder.change(async device => {
    const { result, device: after } = acceptNamed(io, device, message, options, known)
    const { seat: team, pair, keeperName, invitation } = result
    const { title } = team
    await store({ team, pair, keeperName, unsent: [] })
    return { result: { message: result.message, title, keeperName, invitation }, device: after }
  })
  await folder.change(device => acknowledge(device, accepted.invitation))
  return accepted
}

function acceptNamed(
  io: Io,
  device: Device,
  message: Uint8Array,
  options: AcceptOptions,
  known: TeamMember | null,
): Change<AcceptedTeam> {
  const { box = '' } = options
  const thread = { ...threadOptions(options), again: known !== null, box }
  return naming(options, () => acceptTeamInvitation(device, message, thread, io, known))
}

async function begin(io: Io, place: FolderOptions, options: AcceptOptions, next: CareTeam): Promise<void> {
  const { passphrase } = place
  const file = { path: pathOf(io, options.team), passphrase, random: io.random, argon2id: io.argon2id }
  await createCareTeamFile({ ...file, parameters: hardening(io, options) }, next)
}
