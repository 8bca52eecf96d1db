/** What commands of a care team have in common: its file, and who keeps it. */

import { stat } from 'node:fs/promises'
import type { FolderOptions } from '@chartseal/clinic/fs'
import { type HeldCareTeam, withCareTeamFile } from '@chartseal/clinic/fs/team'
import { careTeamError } from '@chartseal/clinic/team'
import type { TeamKeeper, TeamMember } from '@chartseal/elgamal-session/team'
import type { Command } from 'commander'
import { inFile, pathOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { type PassphraseOptions, passphraseSource } from '../../io/ring.js'
import { readSecret } from '../../io/secrets.js'

export interface TeamOptions extends PassphraseOptions {
  readonly team: string
}

export function withTeamFile(command: Command): Command {
  return command.requiredOption(
    '--team <file>',
    'the file of the care team, under the passphrase of the rings',
  )
}

/** One command on the file, whose passphrase is that of `place`. */
export function inTeam<Result>(
  io: Io,
  { team }: TeamOptions,
  place: Pick<FolderOptions, 'passphrase'>,
  run: (held: HeldCareTeam) => Promise<Result>,
): Promise<Result> {
  const { passphrase } = place
  const { random, argon2id } = io
  return inFile(team, () => withCareTeamFile({ path: pathOf(io, team), passphrase, random, argon2id }, run))
}

/** The same for a command that takes no ring. */
export async function inTeamAlone<Result>(
  io: Io,
  options: TeamOptions,
  run: (held: HeldCareTeam) => Promise<Result>,
): Promise<Result> {
  // Who mistyped the name is told before they type a passphrase.
  const path = pathOf(io, options.team)
  if ((await stat(path).catch(() => null)) === null) throw careTeamError('care-team/missing', { file: path })
  const passphrase = await readSecret(io, passphraseSource(options.team, options))
  return inTeam(io, options, { passphrase }, run)
}

/** @throws ChartsealError `care-team/not-the-keeper` */
export function keeperIn({ team }: HeldCareTeam): TeamKeeper {
  if (team.kind !== 'keeper') throw careTeamError('care-team/not-the-keeper', {})
  return team
}

/** @throws ChartsealError `care-team/is-the-keeper` */
export function memberIn({ team }: HeldCareTeam): TeamMember {
  if (team.kind !== 'member') throw careTeamError('care-team/is-the-keeper', {})
  return team
}
