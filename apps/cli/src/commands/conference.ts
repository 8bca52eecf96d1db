import {
  fingerprintOf,
  formatKeyFile,
  generateSigningKeyPair,
  interimGroup,
  interimPrimitives,
  parseKeyFile,
} from '@chartseal/elgamal-session/interim'
import type { Command } from 'commander'
import { describeCommand, describeGroup, finish, type OutputOptions, withOutput } from '../io/command.js'
import { readText } from '../io/files.js'
import type { Io } from '../io/io.js'
import { writeBytes } from '../io/output.js'
import { acceptCommand } from './conference/accept.js'
import { createCommand } from './conference/create.js'
import { enrolCommand } from './conference/enrol.js'
import { hostCommand } from './conference/host.js'
import { inviteCommand } from './conference/invite.js'
import { joinCommand } from './conference/join.js'

/** `chartseal conference keygen|fingerprint|host|join`: the interim protocol over TCP. */
export function conferenceCommand(io: Io): Command {
  return describeGroup(
    'conference',
    'Hold a conference of a doctor with many patients, or join one',
    createCommand(io),
    inviteCommand(io),
    acceptCommand(io),
    enrolCommand(io),
    keygenCommand(io),
    fingerprintCommand(io),
    hostCommand(io),
    joinCommand(io),
  )
}

interface KeygenOptions extends OutputOptions {
  readonly out: string
}

function keygenCommand(io: Io): Command {
  const command = describeCommand(
    'keygen',
    'Make the long-term key of a doctor or a patient: a file that its owner alone can read',
    'chartseal conference keygen --out doctor.key',
  )
  return command
    .requiredOption('-o, --out <file>', 'where the key goes; - is stdout')
    .option('--force', 'let --out replace a file that exists')
    .action(async ({ out, force = false, json = false }: KeygenOptions) => {
      const pair = generateSigningKeyPair(interimGroup, io.random)
      await writeBytes(io, out, formatKeyFile(pair), { force, secret: true })
      const fingerprint = fingerprintOf(pair.publicKey, interimPrimitives.hash)
      pair.privateKey.wipe()
      if (out === '-') return
      const text = `Fingerprint  ${fingerprint}\nKey          ${out}, unencrypted: keep it safe\n`
      await finish(io, { json }, { text, answer: { fingerprint, file: out } })
    })
}

function fingerprintCommand(io: Io): Command {
  const command = describeCommand(
    'fingerprint',
    'Show the fingerprint of a key, to be given to the other side on a trusted way',
    'chartseal conference fingerprint doctor.key',
  )
  return withOutput(command)
    .argument('<file>', 'the key; - is stdin')
    .action(async (file: string, options: OutputOptions) => {
      const pair = parseKeyFile(await readText(io, file))
      const fingerprint = fingerprintOf(pair.publicKey, interimPrimitives.hash)
      pair.privateKey.wipe()
      await finish(io, options, { text: `${fingerprint}\n`, answer: { fingerprint } })
    })
}
