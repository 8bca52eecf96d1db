import { shellWord } from '@chartseal/clinic'
import { createCareTeamFile } from '@chartseal/clinic/fs/team'
import { encodeHex } from '@chartseal/core/encoding'
import { createTeam, type TeamRole, wipeTeam } from '@chartseal/elgamal-session/team'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { type HardeningOptions, hardening, withHardening } from '../../io/hardening.js'
import type { Io } from '../../io/io.js'
import { newFolderOptions, withPassphrase } from '../../io/ring.js'
import { type TeamOptions, withTeamFile } from './options.js'

interface CreateOptions extends TeamOptions, HardeningOptions {
  readonly title: string
  readonly name: string
  readonly role: TeamRole
}

export function createCommand(io: Io): Command {
  const command = describeCommand(
    'create',
    'Begin a care team, whose keeper you are: you alone add and remove',
    'chartseal team create --team ward3.team --title "Rosa, ward 3" --name "Dr. Okafor"',
  )
  return withHardening(withPassphrase(withTeamFile(command)))
    .requiredOption('--title <title>', 'what everybody in it sees')
    .requiredOption('--name <name>', 'your name, as everybody in it sees it')
    .addOption(
      new Option('--role <role>', 'who you are').choices(['clinician', 'patient']).default('clinician'),
    )
    .action((options: CreateOptions) => runCreate(io, options))
}

async function runCreate(io: Io, options: CreateOptions): Promise<void> {
  const { team: file, title, name, role } = options
  const { folder: path, passphrase } = await newFolderOptions(io, file, options)
  const place = { path, passphrase, random: io.random, argon2id: io.argon2id }
  const team = createTeam({ title, name, role }, io)
  try {
    await createCareTeamFile(
      { ...place, parameters: hardening(io, options) },
      { team, pair: '', keeperName: '', unsent: [] },
    )
  } finally {
    wipeTeam(team)
  }
  const next = `chartseal team invite --team ${shellWord(file)} --ring FOLDER --patient ID --role clinician`
  await finish(io, options, {
    text: `${file} is ready. You are its keeper.\nNext, for each person: ${next}\n`,
    answer: { id: encodeHex(team.id), file, title },
  })
}
