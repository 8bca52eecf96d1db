/** The doctor of a conference as a pure state machine. The interim protocol: docs/spec/conference-interim.md. */
import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { sessionError } from '../errors.js'
import { onHello, onMemberFrame, onRequest, onVerifier, refuse } from './doctor-join.js'
import {
  andThen,
  block,
  broadcast,
  drop,
  expel,
  members,
  sendNotice,
  unchanged,
  withConnection,
} from './doctor-members.js'
import {
  type Connection,
  type ConnectionId,
  type DoctorEffect,
  type DoctorEvent,
  type DoctorSettings,
  type DoctorState,
  type DoctorStep,
  defaultDoctorLimits,
  type Environment,
} from './doctor-state.js'
import { decodePatientFrame, type PatientFrame } from './frames.js'
import { fingerprintOf, secretBytes } from './transcript.js'

/**
 * A conference without anybody in it. The key stays the caller's; the conference secret is wiped by the
 * effects of the event `end`.
 * @throws ChartsealError `session/bad-key` when one key is enrolled twice, or is the doctor's own
 */
export function openConference(settings: DoctorSettings, environment: Environment): DoctorState {
  const { id, key, enrolled, limits = defaultDoctorLimits } = settings
  const fingerprint = fingerprintOf(key.publicKey, environment.primitives.hash)
  const pins = new Set([fingerprint, ...enrolled.values()])
  if (pins.size !== enrolled.size + 1) {
    throw sessionError('session/bad-key', { reason: 'one key is used for more than one person' })
  }
  const bytes = environment.random.bytes(secretBytes)
  const conferenceSecret = new SecretBytes(bytes)
  bytes.fill(0)
  return {
    id,
    key,
    fingerprint,
    enrolled,
    limits,
    conferenceSecret,
    epoch: 0,
    ended: false,
    connections: new Map(),
    blockedUntilMs: new Map(),
    seenUntilMs: new Map(),
  }
}

/**
 * Pure: the old state stays valid until its `wipe` effects are carried out. Nothing that a connection
 * sends makes it throw.
 * @throws ChartsealError `session/text-too-long`, `encoding/invalid` for a broadcast that cannot be sent
 */
export function stepDoctor(state: DoctorState, event: DoctorEvent, environment: Environment): DoctorStep {
  if (state.ended) return afterEnd(state, event)
  const current = forgetOld(state, environment.nowMs)
  switch (event.kind) {
    case 'opened':
      return onOpened(current, event.connection, environment.nowMs)
    case 'received':
      return onReceived(current, event.connection, event.body, environment)
    case 'closed':
      return expel(current, [event.connection], 'closed', null, environment)
    case 'broadcast':
      return broadcast(current, event.text, environment)
    case 'block':
      return block(current, event.id, 'blocked', environment)
    case 'end':
      return onEnd(current)
    case 'tick':
      return onTick(current, environment.nowMs)
  }
}

function afterEnd(state: DoctorState, event: DoctorEvent): DoctorStep {
  if (event.kind !== 'opened') return unchanged(state)
  return { state, effects: [{ kind: 'close', connection: event.connection }] }
}

function forgetOld(state: DoctorState, nowMs: number): DoctorState {
  return {
    ...state,
    blockedUntilMs: stillAhead(state.blockedUntilMs, nowMs),
    seenUntilMs: stillAhead(state.seenUntilMs, nowMs),
  }
}

function stillAhead<Key>(deadlines: ReadonlyMap<Key, number>, nowMs: number): ReadonlyMap<Key, number> {
  const ahead = [...deadlines].filter(([, untilMs]) => nowMs < untilMs)
  return ahead.length === deadlines.size ? deadlines : new Map(ahead)
}

function isHalfOpen(connection: Connection): boolean {
  return connection.phase !== 'member'
}

function onOpened(state: DoctorState, connection: ConnectionId, nowMs: number): DoctorStep {
  const { maxConnections, maxHalfOpen } = state.limits
  const peers = [...state.connections.values()]
  const full = peers.length >= maxConnections || peers.filter(isHalfOpen).length >= maxHalfOpen
  if (state.connections.has(connection)) throw new RangeError('a connection number is used twice')
  if (!full) return unchanged(withConnection(state, connection, { phase: 'opened', sinceMs: nowMs }))
  return {
    state,
    effects: [
      { kind: 'refused', connection, reason: 'full' },
      sendNotice(connection, 'disconnected'),
      { kind: 'close', connection },
    ],
  }
}

function onReceived(
  state: DoctorState,
  connection: ConnectionId,
  body: Uint8Array,
  environment: Environment,
): DoctorStep {
  const peer = state.connections.get(connection)
  if (peer === undefined) return unchanged(state)
  try {
    return onFrame(state, connection, peer, decodePatientFrame(body), environment)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    const effects: readonly DoctorEffect[] = [{ kind: 'refused', connection, reason: error.code }]
    return andThen({ state, effects }, next =>
      expel(next, [connection], 'misbehaved', 'disconnected', environment),
    )
  }
}

function onFrame(
  state: DoctorState,
  connection: ConnectionId,
  peer: Connection,
  frame: PatientFrame,
  environment: Environment,
): DoctorStep {
  if (peer.phase === 'member') return onMemberFrame(state, connection, peer, frame, environment)
  if (peer.phase === 'opened' && frame.kind === 'hello') {
    return onHello(state, connection, peer.sinceMs, frame, environment)
  }
  if (peer.phase === 'greeted' && frame.kind === 'request') {
    return onRequest(state, connection, peer, frame, environment)
  }
  if (peer.phase === 'proven' && frame.kind === 'verifier') {
    return onVerifier(state, connection, peer, frame, environment)
  }
  return refuse(state, connection, 'unexpected', 'disconnected')
}

/** Opcode 60 to every connection; the state that remains is empty. */
function onEnd(state: DoctorState): DoctorStep {
  const everybody = [...state.connections.keys()]
  const dropped = everybody.reduce(
    (step, connection) => andThen(step, next => drop(next, connection, 'ended', 'disconnected')),
    unchanged(state),
  )
  return andThen(dropped, next => ({
    state: { ...next, ended: true },
    effects: [{ kind: 'wipe', secret: next.conferenceSecret }],
  }))
}

function onTick(state: DoctorState, nowMs: number): DoctorStep {
  const late = [...state.connections].filter(
    ([, peer]) => isHalfOpen(peer) && nowMs - peer.sinceMs >= state.limits.handshakeTimeoutMs,
  )
  return late.reduce(
    (step, [connection]) => andThen(step, next => refuse(next, connection, 'timeout', 'disconnected')),
    unchanged(state),
  )
}

/** Ids of the members, in the order of their joining. */
export function memberIds(state: DoctorState): readonly string[] {
  return members(state).map(member => member.id)
}
