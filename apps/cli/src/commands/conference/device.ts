import { stat } from 'node:fs/promises'
import type { SigningKey } from '@chartseal/core/ed25519'
import { toJsonText } from '@chartseal/core/json'
import { type Command, Option } from 'commander'
import { type CommonOptions, describeCommand } from '../../io/command.js'
import { newOwnerKey, readOwnerKey } from '../../io/envelope/owner.js'
import { pathOf } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { readSecret } from '../../io/secrets.js'
import { ClinicClient, tokenOf } from './clinic-client.js'
import { parseServer } from './places.js'

interface DeviceOptions extends CommonOptions {
  readonly server: URL
  readonly key: string
  readonly invitationFile?: string
}

export function deviceCommand(io: Io): Command {
  const command = describeCommand(
    'device',
    "Enrol a key of this computer at a clinic's server, which then lets it hold conferences",
    'chartseal conference device --server https://clinic.example --key doctor.device --invitation-file link.txt',
  )
  return command
    .addOption(new Option('--server <url>', 'the clinic').argParser(parseServer).makeOptionMandatory())
    .requiredOption('--key <file>', 'the key; it is made where there is none')
    .option(
      '--invitation-file <file>',
      'the one-time link of the clinic, one line; else CHARTSEAL_INVITATION or a prompt',
    )
    .action((options: DeviceOptions) => runDevice(io, options))
}

/** The key is durable before the clinic knows it; the same command again ends what was cut off. */
async function runDevice(
  io: Io,
  { server, key: file, invitationFile, json = false }: DeviceOptions,
): Promise<void> {
  const invitation = await readSecret(io, {
    file: invitationFile,
    option: '--invitation-file',
    variable: 'CHARTSEAL_INVITATION',
    question: 'Invitation of the clinic',
  })
  using key = await keyIn(io, file)
  const client = new ClinicClient(server, key, io)
  const enrolled = await client.enrol(tokenOf(invitation))
  const role = enrolled.text('role')
  const answer = { kid: client.kid, role, key: file }
  await writeLine(io.stdout, json ? toJsonText(answer) : `Enrolled as ${role}: ${client.kid}`)
}

async function keyIn(io: Io, file: string): Promise<SigningKey> {
  if ((await stat(pathOf(io, file)).catch(() => null)) === null)
    await writeBytes(io, file, newOwnerKey(io.random).text, { secret: true })
  return readOwnerKey(io, file)
}
