import { withDeviceFolder } from '@chartseal/clinic/fs'
import { sealTeamInvitation } from '@chartseal/clinic/team'
import type { TeamRole } from '@chartseal/elgamal-session/team'
import { formatMessage } from '@chartseal/wire'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { folderOptions } from '../../io/ring.js'
import { type MessageOptions, ringFolder, threadOptions, withThread } from '../message/options.js'
import { inTeam, keeperIn, type TeamOptions, withTeamFile } from './options.js'

interface InviteOptions extends MessageOptions, TeamOptions {
  readonly role: TeamRole
  readonly name?: string
  readonly again?: boolean
}

export function inviteCommand(io: Io): Command {
  const command = describeCommand(
    'invite',
    'Seal an invitation for the other side of a ring; send it like any sealed message',
    'chartseal team invite --team ward3.team --ring okafor-rosa --patient PAT-12345 --role patient',
  )
  return withThread(withTeamFile(command))
    .addOption(
      new Option('--role <role>', 'who they are').choices(['clinician', 'patient']).makeOptionMandatory(),
    )
    .option('--name <name>', 'what the others see of them (default: the name of the pairing)')
    .option('--again', 'for a member whose device is gone: once they are added, the old one counts no more')
    .action((options: InviteOptions) => runInvite(io, options))
}

/** The team is durable before the counter of the ring is spent, and that before the message leaves. */
async function runInvite(io: Io, options: InviteOptions): Promise<void> {
  const place = await folderOptions(io, ringFolder(options), options)
  const sealed = await inTeam(io, options, place, held =>
    withDeviceFolder(place, folder =>
      folder.change(async device => {
        const invitation = { ...threadOptions(options), ...invited(options) }
        const { result, device: after } = sealTeamInvitation(keeperIn(held), device, invitation, io)
        await held.store({ ...held, team: result.seat })
        return { result: { name: result.name, text: formatMessage(result.message) }, device: after }
      }),
    ),
  )
  await finish(io, options, {
    text: `${sealed.text}\n`,
    answer: { name: sealed.name, message: sealed.text },
  })
}

function invited({ role, name, again = false }: InviteOptions): {
  readonly role: TeamRole
  readonly name?: string
  readonly again: boolean
} {
  return name === undefined ? { role, again } : { role, name, again }
}
