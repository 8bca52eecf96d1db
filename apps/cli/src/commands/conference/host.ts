import { ConferenceHost } from '@chartseal/clinic/tcp'
import { splitLines } from '@chartseal/conformance/interop'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  type Fingerprint,
  type ParticipantId,
  parseFingerprint,
  parseKeyFile,
  parseParticipantId,
} from '@chartseal/elgamal-session/interim'
import { type Command, InvalidArgumentError } from 'commander'
import { type CommonOptions, describeCommand } from '../../io/command.js'
import { readText } from '../../io/files.js'
import { withListen } from '../../io/http.js'
import type { Io } from '../../io/io.js'
import { hostHelp, parseHostLine } from './script.js'
import { listOf, Teller, type Told, tellHostEvent, tellPerformance } from './words.js'

interface HostOptions extends CommonOptions {
  readonly keyFile: string
  readonly id: string
  readonly patient: readonly Enrolment[]
  readonly host: string
  readonly port: number
}

interface Enrolment {
  readonly id: ParticipantId
  readonly fingerprint: Fingerprint
}

export function hostCommand(io: Io): Command {
  const command = describeCommand(
    'host',
    'Hold a conference: reads what to say from stdin, one line each (interim protocol)',
    'chartseal conference host --key-file doctor.key --patient Anna=FINGERPRINT --port 7400',
  )
  return withListen(command, 0)
    .requiredOption('--key-file <file>', 'the key of the doctor')
    .option('--id <id>', 'the id of the doctor', 'GWN_Doctor_1')
    .option('--patient <id=fingerprint>', 'who may join, with the pinned key; for each patient', enrol, [])
    .addHelpText('after', hostHelp)
    .action((options: HostOptions) => runHost(io, options))
}

async function runHost(io: Io, options: HostOptions): Promise<void> {
  const teller = new Teller(io, options.json ?? false)
  const key = parseKeyFile(await readText(io, options.keyFile))
  const changes = new Set<() => void>()
  const host = await ConferenceHost.open({
    id: parseParticipantId(options.id),
    key,
    enrolled: new Map(options.patient.map(({ id, fingerprint }) => [id, fingerprint])),
    address: options.host,
    port: options.port,
    clock: io.clock,
    random: io.random,
    monotonic: { nowMs: () => performance.now() },
    onEvent(event) {
      teller.tell(tellHostEvent(event))
      for (const changed of changes) changed()
    },
  })
  const { port } = host
  const address = options.host
  teller.tell({ text: `Listening on ${address} port ${port}`, answer: { event: 'listening', address, port } })
  try {
    await untilEnd(io, readScript(io, host, teller, changes))
  } finally {
    await host.close()
    key.privateKey.wipe()
    teller.tell(tellPerformance(host.performance()))
    await teller.flush()
  }
}

/** Ctrl-C ends the conference like `/quit`, so that everybody is told. */
async function untilEnd(io: Io, script: Promise<void>): Promise<void> {
  if (io.onInterrupt === undefined) return script
  let forget = (): void => undefined
  const interrupted = new Promise<void>(resolve => {
    forget = io.onInterrupt?.(resolve) ?? forget
  })
  await Promise.race([script, interrupted])
  forget()
  io.stdin.destroy()
}

async function readScript(
  io: Io,
  host: ConferenceHost,
  teller: Teller,
  changes: Set<() => void>,
): Promise<void> {
  for await (const bytes of splitLines(io.stdin)) {
    const line = parseHostLine(decodeUtf8(bytes).replace(/\r$/, ''))
    if (line.kind === 'quit') return
    if (line.kind === 'wait') await untilMembers(host, line.members, changes)
    const told = attempt(() => obey(host, line))
    if (told !== null) teller.tell(told)
  }
}

/** Carries out one line; gives what there is to tell about it. */
function obey(host: ConferenceHost, line: ReturnType<typeof parseHostLine>): Told | null {
  switch (line.kind) {
    case 'say':
      host.broadcast(line.text)
      return null
    case 'block':
      host.block(parseParticipantId(line.id))
      return null
    case 'who':
      return { text: `In: ${listOf(host.members)}`, answer: { event: 'who', members: host.members } }
    case 'performance':
      return tellPerformance(host.performance())
    case 'unknown': {
      const { command } = line
      return { text: `No such command: ${command}`, answer: { event: 'unknown-command', command } }
    }
    default:
      return null
  }
}

/** A line that cannot be carried out is told, and the conference goes on. */
function attempt(action: () => Told | null): Told | null {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    const { code, message } = error
    return { text: message, answer: { event: 'error', code, message } }
  }
}

function untilMembers(host: ConferenceHost, count: number, changes: Set<() => void>): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (host.members.length < count) return
      changes.delete(look)
      resolve()
    }
    changes.add(look)
    look()
  })
}

function enrol(value: string, before: readonly Enrolment[]): readonly Enrolment[] {
  const split = value.lastIndexOf('=')
  try {
    const id = parseParticipantId(value.slice(0, Math.max(split, 0)))
    const entry = { id, fingerprint: parseFingerprint(value.slice(split + 1)) }
    if (before.some(each => each.id === id)) throw new InvalidArgumentError('This id was given already.')
    return [...before, entry]
  } catch (error) {
    if (error instanceof ChartsealError) throw new InvalidArgumentError(error.message)
    throw error
  }
}
