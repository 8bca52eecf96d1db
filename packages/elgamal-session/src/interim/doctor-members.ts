/** Who is in: dropping connections, blocking ids, and a new group key after each change. */
import { seal } from '@chartseal/core/aead'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import { sessionError } from '../errors.js'
import {
  type Authenticated,
  type Connection,
  type ConnectionId,
  type DoctorEffect,
  type DoctorState,
  type DoctorStep,
  type Environment,
  type LeaveReason,
  noticeTexts,
} from './doctor-state.js'
import { encodeFrame, type Notice } from './frames.js'
import type { ParticipantId } from './parse-ids.js'
import { groupKeyOf, sealedContext } from './transcript.js'

/** A block lasts two minutes. */
export const blockMs = 120_000

/** Longest broadcast in UTF-8; the rest of the frame's limit is for its other fields. */
export const maxBroadcastBytes = 60_000

interface Member extends Authenticated {
  readonly connection: ConnectionId
}

export function unchanged(state: DoctorState): DoctorStep {
  return { state, effects: [] }
}

/** Goes on from a step: effects are done in order. */
export function andThen(step: DoctorStep, next: (state: DoctorState) => DoctorStep): DoctorStep {
  const { state, effects } = next(step.state)
  return { state, effects: [...step.effects, ...effects] }
}

export function withConnection(state: DoctorState, id: ConnectionId, connection: Connection): DoctorState {
  return { ...state, connections: new Map(state.connections).set(id, connection) }
}

export function members(state: DoctorState): readonly Member[] {
  return [...state.connections].flatMap(([connection, peer]) =>
    peer.phase === 'member' ? [{ ...peer, connection }] : [],
  )
}

/** Connections that have proven the pinned key of this id. */
export function provenConnections(state: DoctorState, id: ParticipantId): readonly ConnectionId[] {
  return [...state.connections].flatMap(([connection, peer]) =>
    (peer.phase === 'proven' || peer.phase === 'member') && peer.id === id ? [connection] : [],
  )
}

/** Forgets a connection, with a last frame where `notice` names one. Does not make a new group key. */
export function drop(
  state: DoctorState,
  connection: ConnectionId,
  reason: LeaveReason,
  notice: Notice | null = null,
): DoctorStep {
  const peer = state.connections.get(connection)
  if (peer === undefined) return unchanged(state)
  const connections = new Map(state.connections)
  connections.delete(connection)
  const farewell: DoctorEffect[] = notice === null ? [] : [sendNotice(connection, notice)]
  return {
    state: { ...state, connections },
    effects: [...farewell, { kind: 'close', connection }, ...endOf(peer, reason)],
  }
}

export function sendNotice(connection: ConnectionId, notice: Notice): DoctorEffect {
  const bytes = encodeFrame({ kind: notice, text: noticeTexts[notice] })
  return { kind: 'send', connection, bytes }
}

function endOf(peer: Connection, reason: LeaveReason): readonly DoctorEffect[] {
  switch (peer.phase) {
    case 'opened':
      return []
    case 'greeted':
      return [{ kind: 'wipe', secret: peer.pair.privateKey }]
    case 'proven':
      return [{ kind: 'wipe', secret: peer.sessionKey }]
    case 'member':
      return [
        { kind: 'wipe', secret: peer.sessionKey },
        { kind: 'left', id: peer.id, reason },
      ]
  }
}

/** Drops connections, and makes a new group key when one of them was a member's. */
export function expel(
  state: DoctorState,
  connections: readonly ConnectionId[],
  reason: LeaveReason,
  notice: Notice | null,
  environment: Environment,
): DoctorStep {
  const before = members(state).length
  const dropped = connections.reduce(
    (step, connection) => andThen(step, next => drop(next, connection, reason, notice)),
    unchanged(state),
  )
  if (members(dropped.state).length === before) return dropped
  return andThen(dropped, next => rekey(next, environment))
}

/** Keeps an id out for two minutes from now, and ends what it has open. */
export function block(
  state: DoctorState,
  id: ParticipantId,
  reason: LeaveReason,
  environment: Environment,
): DoctorStep {
  const untilMs = environment.nowMs + blockMs
  const blockedUntilMs = new Map(state.blockedUntilMs).set(id, untilMs)
  const step: DoctorStep = {
    state: { ...state, blockedUntilMs },
    effects: [{ kind: 'blocked', id, untilMs }],
  }
  return andThen(step, next => expel(next, provenConnections(next, id), reason, 'blocked', environment))
}

export function isBlocked(state: DoctorState, id: ParticipantId, nowMs: number): boolean {
  return nowMs < (state.blockedUntilMs.get(id) ?? 0)
}

/** A new epoch: its group key goes to the members and to no one else (opcode 30). */
export function rekey(state: DoctorState, environment: Environment): DoctorStep {
  const next = { ...state, epoch: state.epoch + 1 }
  const groupKey = currentGroupKey(next, environment)
  const sends = members(next).map(({ connection, id, sessionKey }): DoctorEffect => {
    const context = sealedContext('group-key', next.epoch, id)
    const sealed = seal(sessionKey, groupKey.reveal(), context, environment.random)
    const bytes = encodeFrame({ kind: 'group-key', epoch: next.epoch, ...sealed })
    return { kind: 'send', connection, bytes }
  })
  groupKey.wipe()
  return { state: next, effects: [...sends, { kind: 'rekeyed', epoch: next.epoch, members: idsOf(next) }] }
}

/**
 * A new group key first, then the text under it (opcodes 30 and 40): at most one broadcast in an epoch.
 * @throws ChartsealError `session/text-too-long`, `encoding/invalid`
 */
export function broadcast(state: DoctorState, text: string, environment: Environment): DoctorStep {
  const plaintext = encodeUtf8(text)
  if (plaintext.length > maxBroadcastBytes) {
    throw sessionError('session/text-too-long', {
      sizeBytes: plaintext.length,
      limitBytes: maxBroadcastBytes,
    })
  }
  return andThen(rekey(state, environment), next => {
    const groupKey = currentGroupKey(next, environment)
    const sends = members(next).map(({ connection, id }): DoctorEffect => {
      const context = sealedContext('broadcast', next.epoch, id)
      const sealed = seal(groupKey, plaintext, context, environment.random)
      const bytes = encodeFrame({ kind: 'broadcast', epoch: next.epoch, ...sealed })
      return { kind: 'send', connection, bytes }
    })
    groupKey.wipe()
    const summary: DoctorEffect = { kind: 'broadcast', epoch: next.epoch, members: idsOf(next) }
    return { state: next, effects: [...sends, summary] }
  })
}

function currentGroupKey(state: DoctorState, { primitives }: Environment): AeadKey {
  return groupKeyOf(state.epoch, members(state), state.conferenceSecret, primitives.hash)
}

function idsOf(state: DoctorState): readonly ParticipantId[] {
  return members(state).map(member => member.id)
}
