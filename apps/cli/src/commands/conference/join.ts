import { ConferenceGuest } from '@chartseal/clinic/tcp'
import { splitLines } from '@chartseal/conformance/interop'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { parseFingerprint, parseKeyFile, parseParticipantId } from '@chartseal/elgamal-session/interim'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, parseCount } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { Teller, tellGuestEvent, tellPerformance } from './words.js'

const handshakeTimeoutMs = 10_000

interface JoinOptions extends CommonOptions {
  readonly keyFile: string
  readonly id: string
  readonly doctor: string
  readonly doctorFingerprint: string
  readonly address: string
  readonly port: number
}

export function joinCommand(io: Io): Command {
  const command = describeCommand(
    'join',
    'Join a conference and show what the doctor says (interim protocol)',
    'chartseal conference join --key-file anna.key --id Anna --doctor-fingerprint FINGERPRINT --port 7400',
  )
  return command
    .requiredOption('--key-file <file>', 'the key of the patient')
    .requiredOption('--id <id>', 'the id of the patient')
    .requiredOption('--doctor-fingerprint <hex>', 'the pinned key of the doctor')
    .option('--doctor <id>', 'the id of the doctor', 'GWN_Doctor_1')
    .option('--address <host>', 'where the doctor listens', '127.0.0.1')
    .requiredOption('--port <number>', 'the port', parseCount(1, 65_535))
    .addHelpText('after', '\nA line /quit on stdin leaves; the end of the input does not.')
    .action((options: JoinOptions) => runJoin(io, options))
}

async function runJoin(io: Io, options: JoinOptions): Promise<void> {
  const teller = new Teller(io, options.json ?? false)
  const key = parseKeyFile(await readText(io, options.keyFile))
  const guest = await ConferenceGuest.open({
    id: parseParticipantId(options.id),
    key,
    idDoctor: parseParticipantId(options.doctor),
    fingerprintDoctor: parseFingerprint(options.doctorFingerprint),
    handshakeTimeoutMs,
    address: options.address,
    port: options.port,
    clock: io.clock,
    random: io.random,
    monotonic: { nowMs: () => performance.now() },
    onEvent: event => teller.tell(tellGuestEvent(event)),
  })
  const forget = io.onInterrupt?.(() => void guest.leave())
  const script = readCommands(io, guest)
  await guest.ended
  forget?.()
  io.stdin.destroy()
  await script
  key.privateKey.wipe()
  teller.tell(tellPerformance(guest.performance()))
  await teller.flush()
  if (guest.reason !== 'left' && guest.reason !== 'disconnected') throw new AlreadyTold()
}

/** Reads until the conference is over; a patient has nothing to say in this protocol. */
async function readCommands(io: Io, guest: ConferenceGuest): Promise<void> {
  try {
    for await (const line of splitLines(io.stdin)) {
      if (decodeUtf8(line).trim() === '/quit') return await guest.leave()
    }
  } catch (error) {
    // The input is closed under the reader when the conference ends first.
    if (guest.reason === null) throw error
  }
}
