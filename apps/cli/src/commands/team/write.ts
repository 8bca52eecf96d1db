import { formatTeamFrame } from '@chartseal/clinic/team'
import { leaveTeam, sealForTeam } from '@chartseal/elgamal-session/team'
import type { Command } from 'commander'
import { describeCommand, finish, textOf } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { type Io, writeLine } from '../../io/io.js'
import { withPassphrase } from '../../io/ring.js'
import { readInput } from '../message/options.js'
import { inTeamAlone, memberIn, type TeamOptions, withTeamFile } from './options.js'
import { listOf } from './words.js'

const plainText = 'text/plain;charset=utf-8'

export function sealCommand(io: Io): Command {
  const command = describeCommand(
    'seal',
    'Seal a text for everybody in a care team: the same text goes to each of them',
    'chartseal team seal --team ward3.team note.txt',
  )
  return withPassphrase(withTeamFile(command))
    .argument('[file]', 'the text; - is stdin', '-')
    .action((file: string, options: TeamOptions) => runSeal(io, file, options))
}

/** The number is spent and stored before the message leaves. */
async function runSeal(io: Io, file: string, options: TeamOptions): Promise<void> {
  const content = await readInput(io, file)
  if (textOf(content) === null)
    throw new UsageError(`${file === '-' ? 'stdin' : file} is not UTF-8 text: seal it for one person`)
  const sealed = await inTeamAlone(io, options, async held => {
    const { team } = held
    const body = { mediaType: plainText, content }
    const { seat, frame, to } = sealForTeam(team, body, io)
    await held.store({ ...held, team: seat })
    return { text: formatTeamFrame(frame), others: listOf(to) }
  })
  if (options.json !== true)
    await writeLine(io.stderr, `For ${sealed.others === '' ? 'nobody yet' : sealed.others}.`)
  await finish(io, options, {
    text: `${sealed.text}\n`,
    answer: { message: sealed.text, others: sealed.others },
  })
}

export function leaveCommand(io: Io): Command {
  const command = describeCommand(
    'leave',
    'Destroy your keys of a care team, and print the word for the others that you left',
    'chartseal team leave --team ward3.team',
  )
  return withPassphrase(withTeamFile(command)).action((options: TeamOptions) => runLeave(io, options))
}

async function runLeave(io: Io, options: TeamOptions): Promise<void> {
  const left = await inTeamAlone(io, options, async held => {
    const { seat, frame, to } = leaveTeam(memberIn(held), io)
    await held.store({ ...held, team: seat })
    return { text: formatTeamFrame(frame), others: listOf(to) }
  })
  if (options.json !== true)
    await writeLine(io.stderr, `Send this to ${left.others}. The keeper then removes you.`)
  await finish(io, options, { text: `${left.text}\n`, answer: { message: left.text, others: left.others } })
}
