/** A doctor and patients over loopback, and raw ends that behave as they like. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { ConferenceGuest, ConferenceHost, type GuestEvent, type HostEvent } from '@chartseal/clinic/tcp'
import { systemRandom } from '@chartseal/core/system'
import {
  type DoctorLimits,
  FrameReader,
  fingerprintOf,
  generateSigningKeyPair,
  interimGroup,
  interimPrimitives,
  maxDoctorFrameBytes,
  newPatient,
  type PatientSettings,
  parseParticipantId,
  type SigningKeyPair,
  stepPatient,
} from '@chartseal/elgamal-session/interim'
import { fixedClock } from '@chartseal/testkit'
import { expect, onTestFinished } from 'vitest'

export const address = '127.0.0.1'
const doctorId = parseParticipantId('doctor')
const people = new Map<string, SigningKeyPair>()

/** The key of a person; made once for all tests of a file. */
export function keyOf(name: string): SigningKeyPair {
  const known = people.get(name) ?? generateSigningKeyPair(interimGroup, systemRandom)
  people.set(name, known)
  return known
}

const pinOf = (name: string) => fingerprintOf(keyOf(name).publicKey, interimPrimitives.hash)

export const clock = (): ReturnType<typeof fixedClock> => fixedClock(Date.UTC(2026, 6, 15))

/** Counts up by one with each reading. */
export function countingClock(): { nowMs(): number } {
  let nowMs = 0
  return { nowMs: () => nowMs++ }
}

export interface Hosted {
  readonly host: ConferenceHost
  readonly events: HostEvent[]
  readonly clock: ReturnType<typeof fixedClock>
}

/** A doctor who listens for these patients, until the test ends. */
export async function hosted(
  names: readonly string[],
  more: { readonly port?: number; readonly limits?: DoctorLimits; readonly key?: SigningKeyPair } = {},
): Promise<Hosted> {
  const events: HostEvent[] = []
  const shared = clock()
  const host = await ConferenceHost.open({
    id: doctorId,
    key: keyOf('doctor'),
    enrolled: new Map(names.map(name => [parseParticipantId(name), pinOf(name)])),
    address,
    port: 0,
    clock: shared,
    random: systemRandom,
    monotonic: countingClock(),
    onEvent: event => events.push(event),
    ...more,
  })
  onTestFinished(() => host.close())
  return { host, events, clock: shared }
}

export const patient = (name: string): PatientSettings => ({
  id: parseParticipantId(name),
  key: keyOf(name),
  idDoctor: doctorId,
  fingerprintDoctor: pinOf('doctor'),
  handshakeTimeoutMs: 10_000,
})

export interface Joined {
  readonly guest: ConferenceGuest
  readonly events: GuestEvent[]
  readonly clock: ReturnType<typeof fixedClock>
}

export async function joined(port: number, name: string): Promise<Joined> {
  const events: GuestEvent[] = []
  const own = clock()
  const guest = await ConferenceGuest.open({
    ...patient(name),
    address,
    port,
    clock: own,
    random: systemRandom,
    monotonic: countingClock(),
    onEvent: event => events.push(event),
  })
  onTestFinished(() => guest.leave())
  return { guest, events, clock: own }
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true)
}

/** A patient who joins as one should, and then does not read any more. */
export async function joinAndStall(port: number, name: string): Promise<Socket> {
  const socket = await dialled(port)
  const reader = new FrameReader(maxDoctorFrameBytes)
  const environment = {
    nowMs: clock().nowMs(),
    random: systemRandom,
    primitives: interimPrimitives,
  }
  let state = newPatient(patient(name))
  const act = (event: Parameters<typeof stepPatient>[1]): void => {
    const step = stepPatient(state, event, environment)
    state = step.state
    for (const effect of step.effects) if (effect.kind === 'send') socket.write(effect.bytes)
  }
  await new Promise<void>(resolve => {
    socket.on('data', chunk => {
      for (const body of reader.push(Buffer.from(chunk))) act({ kind: 'received', body })
      if (state.phase !== 'member') return
      socket.pause()
      resolve()
    })
    act({ kind: 'start' })
  })
  return socket
}

/** A connection that nobody guides. */
export async function dialled(port: number): Promise<Socket> {
  const socket = connect(port, address)
  socket.on('error', () => undefined)
  onTestFinished(() => {
    socket.destroy()
  })
  await new Promise(resolve => socket.once('connect', resolve))
  return socket
}

/** A server that hands over each connection and does nothing else. */
export async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server: Server = createServer(socket => {
    sockets.push(socket.on('error', () => undefined))
    onSocket(socket)
  })
  await new Promise<void>(resolve => {
    server.listen(0, address, resolve)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

export const closed = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    if (socket.closed) resolve()
    else socket.resume().once('close', () => resolve())
  })
