import type { HeldCareTeam } from '@chartseal/clinic/fs/team'
import { formatTeamFrame } from '@chartseal/clinic/team'
import { ChartsealError } from '@chartseal/core/errors'
import { leaveTeam, sealForTeam, type Team, type TeamSending } from '@chartseal/elgamal-session/team'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type Io, writeLine } from '../../io/io.js'
import { withPassphrase } from '../../io/ring.js'
import { plainText, readInput, typeOf } from '../message/options.js'
import { inTeamAlone, memberIn, type TeamOptions, withTeamFile } from './options.js'
import { listOf } from './words.js'

interface SealOptions extends TeamOptions {
  readonly type?: string
  readonly name?: string
}

export function sealCommand(io: Io): Command {
  const command = describeCommand(
    'seal',
    'Seal a text or a small file for everybody in a care team: the same goes to each of them',
    'chartseal team seal --team ward3.team note.txt',
    'chartseal team seal --team ward3.team --type application/pdf --name plan.pdf plan.pdf',
  )
  return withPassphrase(withTeamFile(command))
    .option('--type <media type>', `what the content is (default: ${plainText})`)
    .option('--name <file name>', 'a file name, sealed with the content')
    .argument('[file]', 'the content; - is stdin', '-')
    .action((file: string, options: SealOptions) => runSeal(io, file, options))
}

/** The number is spent and stored before the message leaves; what may not have left earlier leaves with it. */
async function runSeal(io: Io, file: string, options: SealOptions): Promise<void> {
  const content = await readInput(io, file)
  const { name } = options
  const body = { mediaType: typeOf(file, content, options), content }
  const named = name === undefined ? body : { ...body, fileName: name }
  await inTeamAlone(io, options, held => {
    const sealed = sealForTeam(held.team, named, io)
    return send(io, options, held, sealed, others => `For ${others === '' ? 'nobody yet' : others}.`)
  }).catch(hintPair)
}

function hintPair(error: unknown): never {
  if (!(error instanceof ChartsealError) || error.code !== 'team/too-large') throw error
  const hint = 'Seal it for each of them: chartseal message seal --attachment --out FILE'
  throw new ChartsealError(error.code, `${error.message} ${hint}`, error.context)
}

async function send(
  io: Io,
  options: TeamOptions,
  held: HeldCareTeam,
  { seat, frame, to }: TeamSending<Team>,
  noteFor: (others: string) => string,
): Promise<void> {
  const [earlier, others] = [held.unsent.map(formatTeamFrame), listOf(to)]
  const message = formatTeamFrame(frame)
  await held.storeAndSend({ ...held, team: seat, unsent: [...held.unsent, frame] }, async () => {
    if (options.json !== true) await writeLine(io.stderr, noteFor(others))
    if (options.json !== true && earlier.length > 0) await writeLine(io.stderr, again)
    await finish(io, options, {
      text: [...earlier, message, ''].join('\n'),
      answer: { message, others, earlier },
    })
  })
}

const again =
  'Before it stands what was sealed earlier and may never have left: send that, too. It counts once.'

export function leaveCommand(io: Io): Command {
  const command = describeCommand(
    'leave',
    'Destroy your keys of a care team, and print the word for the others that you left',
    'chartseal team leave --team ward3.team',
  )
  return withPassphrase(withTeamFile(command)).action((options: TeamOptions) => runLeave(io, options))
}

async function runLeave(io: Io, options: TeamOptions): Promise<void> {
  await inTeamAlone(io, options, held => {
    const left = leaveTeam(memberIn(held), io)
    return send(io, options, held, left, others => `Send this to ${others}. The keeper then removes you.`)
  })
}
