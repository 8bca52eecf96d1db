import type { HeldCareTeam } from '@chartseal/clinic/fs/team'
import { formatTeamFrame } from '@chartseal/clinic/team'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { keeperOf, peopleOf, selfOf, type Team } from '@chartseal/elgamal-session/team'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { withPassphrase } from '../../io/ring.js'
import { inTeamAlone, type TeamOptions, withTeamFile } from './options.js'
import { oneLine, personAnswer } from './words.js'

interface ShowOptions extends TeamOptions {
  readonly change?: boolean
  readonly unsent?: boolean
}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'Who is in a care team, and who keeps it',
    'chartseal team show --team ward3.team',
  )
  return withPassphrase(withTeamFile(command))
    .option('--change', 'for the keeper: the newest change once more, for whoever has not got it')
    .option('--unsent', 'what you sealed and what may never have left, once more')
    .action((options: ShowOptions) => runShow(io, options))
}

async function runShow(io: Io, options: ShowOptions): Promise<void> {
  await finish(io, options, await inTeamAlone(io, options, async held => resultOf(held, options)))
}

function resultOf(
  { team, keeperName, unsent }: HeldCareTeam,
  options: ShowOptions,
): { readonly text: string; readonly answer: Answer } {
  const texts = unsent.map(formatTeamFrame)
  if (options.unsent === true)
    return { text: texts.map(text => `${text}\n`).join(''), answer: { unsent: texts } }
  if (options.change === true) {
    if (team.kind !== 'keeper') throw new UsageError('--change is for the keeper of a care team')
    const text = formatTeamFrame(team.commit)
    return { text: `${text}\n`, answer: { change: text } }
  }
  const note =
    unsent.length === 0
      ? ''
      : `Sealed, and perhaps never sent: ${unsent.length}. --unsent prints it once more.\n`
  return {
    text: `${textOf(team, keeperName)}${note}`,
    answer: { ...answerOf(team), unsent: unsent.length },
  }
}

function textOf(team: Team, keeperName: string): string {
  const title = oneLine(team.title)
  if (team.phase === 'asked') return `${title}: waiting for the welcome of ${oneLine(keeperName)}.\n`
  if (team.phase !== 'in') return `${title}: you ${team.phase === 'left' ? 'left' : 'were removed'}.\n`
  const [self, keeper] = [selfOf(team), keeperOf(team)]
  const lines = peopleOf(team).map(person => {
    const marks = [person.role, person === keeper ? 'keeper' : '', person === self ? 'you' : '']
    return `${oneLine(person.name)}: ${marks.filter(mark => mark !== '').join(', ')}`
  })
  const invited = team.kind === 'keeper' ? team.invited.map(({ name }) => `${oneLine(name)}: invited`) : []
  return [`${title}, epoch ${team.epochs[0]?.epoch ?? 0}`, ...lines, ...invited, ''].join('\n')
}

function answerOf(team: Team): Answer {
  const { id, title, phase, epochs, kind } = team
  return {
    id: encodeHex(id),
    title,
    phase,
    epoch: epochs[0]?.epoch ?? 0,
    is_keeper: kind === 'keeper',
    you: selfOf(team)?.name ?? null,
    people: peopleOf(team).map(personAnswer),
    invited: kind === 'keeper' ? team.invited.map(({ name }) => name) : [],
  }
}
