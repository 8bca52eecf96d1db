/** The keeper's changes that need no ring. */
import { formatTeamFrame } from '@chartseal/clinic/team'
import {
  peopleOf,
  removeFromTeam,
  renewTeam,
  type TeamKeeper,
  teamError,
} from '@chartseal/elgamal-session/team'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type Io, writeLine } from '../../io/io.js'
import { withPassphrase } from '../../io/ring.js'
import { inTeamAlone, keeperIn, type TeamOptions, withTeamFile } from './options.js'
import { listOf } from './words.js'

export function removeCommand(io: Io): Command {
  const command = describeCommand(
    'remove',
    'Remove somebody, and print the change for all: they cannot read what is written after it',
    'chartseal team remove --team ward3.team "Nina Adler"',
  )
  return withPassphrase(withTeamFile(command))
    .argument('<name>', 'as chartseal team show lists them')
    .action((name: string, options: TeamOptions) => runRemove(io, name, options))
}

/** Durable before the change leaves. */
async function runRemove(io: Io, name: string, options: TeamOptions): Promise<void> {
  const { change, others } = await inTeamAlone(io, options, async held => {
    const keeper = keeperIn(held)
    const { seat, frame, to } = removeFromTeam(keeper, signingOf(keeper, name), io)
    await held.store({ ...held, team: seat })
    return { change: formatTeamFrame(frame), others: listOf(to) }
  })
  await writeLine(io.stderr, `Send this to ${others}. What was sent before it, they could read.`)
  await finish(io, options, { text: `${change}\n`, answer: { removed: name, change, others } })
}

function signingOf(keeper: TeamKeeper, name: string): Uint8Array {
  const person = peopleOf(keeper).find(one => one.name === name)
  if (person === undefined) throw teamError('team/unknown-person', { name })
  return person.signing
}

export function renewCommand(io: Io): Command {
  const command = describeCommand(
    'renew',
    'After a restored backup: keys and a place that were never used. Then welcome each member again',
    'chartseal team renew --team ward3.team',
  )
  return withPassphrase(withTeamFile(command)).action((options: TeamOptions) => runRenew(io, options))
}

async function runRenew(io: Io, options: TeamOptions): Promise<void> {
  const { epoch, others } = await inTeamAlone(io, options, async held => {
    const { seat, welcomes } = renewTeam(keeperIn(held), io)
    for (const { welcome } of welcomes) welcome.fill(0)
    const told = { epoch: seat.epochs[0]?.epoch ?? 0, others: listOf(welcomes.map(({ person }) => person)) }
    await held.store({ ...held, team: seat })
    return told
  })
  await finish(io, options, {
    text: `The team is in epoch ${epoch}. Next, for each of ${others}: chartseal team welcome\n`,
    answer: { epoch, members: others },
  })
}
