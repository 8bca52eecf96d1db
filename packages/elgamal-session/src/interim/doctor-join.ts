/** The doctor's side of a handshake: opcodes 5, 5, 10, 20 and the verifier. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { PublicKey } from '../elgamal.js'
import {
  andThen,
  block,
  drop,
  expel,
  isBlocked,
  provenConnections,
  rekey,
  withConnection,
} from './doctor-members.js'
import type {
  Authenticated,
  Connection,
  ConnectionId,
  DoctorState,
  DoctorStep,
  Environment,
  RefusalReason,
} from './doctor-state.js'
import { encodeFrame, type Notice, nonceBytes, type PatientFrame } from './frames.js'
import { isFresh, replayWindowMs, secondsOf } from './freshness.js'
import { interimGroup } from './primitives.js'
import {
  fingerprintOf,
  requestBytes,
  responseBytes,
  secretBytes,
  sessionKeyOf,
  type Transfer,
  verifierOf,
} from './transcript.js'

type Greeted = Extract<Connection, { phase: 'greeted' }>
type Hello = Extract<PatientFrame, { kind: 'hello' }>
type Request = Extract<PatientFrame, { kind: 'request' }>
type Verifier = Extract<PatientFrame, { kind: 'verifier' }>

/** Ends one connection that was not let in; members and blocks stay as they are. */
export function refuse(
  state: DoctorState,
  connection: ConnectionId,
  reason: RefusalReason,
  notice: Notice,
): DoctorStep {
  const { state: next, effects } = drop(state, connection, 'misbehaved', notice)
  return { state: next, effects: [{ kind: 'refused', connection, reason }, ...effects] }
}

/** Opcode 5: anyone gets a fresh public key; whether an id exists or is blocked is not shown yet. */
export function onHello(
  state: DoctorState,
  connection: ConnectionId,
  sinceMs: number,
  { id, key }: Hello,
  { random, primitives }: Environment,
): DoctorStep {
  const pair = primitives.keyPair(random)
  const parties = {
    idPatient: id,
    idDoctor: state.id,
    keyPatient: key,
    keyDoctor: pair.publicKey.y,
    // Nothing is proven yet: an unknown id gets a pin that no key has.
    fingerprintPatient: state.enrolled.get(id) ?? state.fingerprint,
    fingerprintDoctor: state.fingerprint,
  }
  const bytes = encodeFrame({ kind: 'welcome', key: pair.publicKey.y })
  return {
    state: withConnection(state, connection, { phase: 'greeted', sinceMs, pair, parties }),
    effects: [{ kind: 'send', connection, bytes }],
  }
}

/**
 * Opcode 10. The signature covers the key that this connection was just given: it proves the pinned key
 * here and now. Only after it do blocks, duplicates and the encrypted secret count.
 */
export function onRequest(
  state: DoctorState,
  connection: ConnectionId,
  peer: Greeted,
  request: Request,
  environment: Environment,
): DoctorStep {
  const { nowMs, primitives } = environment
  const id = peer.parties.idPatient
  const signer: PublicKey = { group: interimGroup, y: request.key }
  if (request.id !== id || state.enrolled.get(id) !== fingerprintOf(signer, primitives.hash)) {
    return refuse(state, connection, 'stranger', 'refused')
  }
  const signed = requestBytes(peer.parties, request)
  if (!primitives.verify(signer, signed, request)) {
    return refuse(state, connection, 'stranger', 'refused')
  }
  if (!isFresh(request.ts, nowMs)) return refuse(state, connection, 'stale', 'disconnected')
  const digest = primitives.hash(signed)
  if (state.seenUntilMs.has(encodeHex(digest))) return refuse(state, connection, 'replayed', 'refused')
  const remembered = remember(state, digest, nowMs)
  if (isBlocked(state, id, nowMs)) return refuse(remembered, connection, 'blocked', 'blocked')
  if (provenConnections(state, id).length > 0) return refuseBoth(remembered, connection, id, environment)
  return answer(remembered, connection, peer, { request, digest }, environment)
}

function remember(state: DoctorState, digest: Uint8Array, nowMs: number): DoctorState {
  const untilMs = nowMs + 2 * replayWindowMs
  return { ...state, seenUntilMs: new Map(state.seenUntilMs).set(encodeHex(digest), untilMs) }
}

/** Two connections hold one key: one of them may be a thief's, so neither stays. */
function refuseBoth(
  state: DoctorState,
  connection: ConnectionId,
  id: Authenticated['id'],
  environment: Environment,
): DoctorStep {
  const refused = refuse(state, connection, 'duplicate', 'blocked')
  return andThen(refused, next => block(next, id, 'duplicate', environment))
}

/** Opcode 20: the secret, encrypted to the patient's key of this connection, and the doctor's signature. */
function answer(
  state: DoctorState,
  connection: ConnectionId,
  { pair, parties, sinceMs }: Greeted,
  { request, digest }: { readonly request: Request; readonly digest: Uint8Array },
  { nowMs, random, primitives }: Environment,
): DoctorStep {
  const secret = primitives.decrypt(pair, request)
  if (secret <= 0n || secret >> BigInt(8 * secretBytes) !== 0n) {
    return refuse(state, connection, 'bad-secret', 'disconnected')
  }
  const sealed = primitives.encrypt({ group: interimGroup, y: parties.keyPatient }, secret, random)
  const response: Transfer = { ts: secondsOf(nowMs), rn: random.bytes(nonceBytes), ...sealed }
  const signature = primitives.sign(state.key, responseBytes(parties, digest, response), random)
  const sessionKey = sessionKeyOf(parties, { secret, request, response }, primitives.hash)
  const next: Connection = { phase: 'proven', sinceMs, id: parties.idPatient, sessionKey }
  const bytes = encodeFrame({ kind: 'response', ...response, key: state.key.publicKey.y, ...signature })
  return {
    state: withConnection(state, connection, next),
    effects: [
      { kind: 'wipe', secret: pair.privateKey },
      { kind: 'send', connection, bytes },
    ],
  }
}

/** The last frame of a handshake: only now is the patient a member. */
export function onVerifier(
  state: DoctorState,
  connection: ConnectionId,
  peer: Authenticated,
  { skv, ts }: Verifier,
  environment: Environment,
): DoctorStep {
  const { nowMs, primitives } = environment
  if (!isFresh(ts, nowMs)) return refuse(state, connection, 'stale', 'disconnected')
  if (!equal(skv, verifierOf(peer.sessionKey, ts, primitives.hash))) {
    return refuse(state, connection, 'bad-verifier', 'refused')
  }
  const joined = withConnection(state, connection, { ...peer, phase: 'member' })
  const step: DoctorStep = { state: joined, effects: [{ kind: 'joined', id: peer.id }] }
  return andThen(step, next => rekey(next, environment))
}

/** Opcode 90, or a frame that is never sent in this phase. */
export function onMemberFrame(
  state: DoctorState,
  connection: ConnectionId,
  peer: Authenticated,
  frame: PatientFrame,
  environment: Environment,
): DoctorStep {
  if (frame.kind === 'exit' && frame.id === peer.id) {
    return expel(state, [connection], 'exit', null, environment)
  }
  const refused: DoctorStep = { state, effects: [{ kind: 'refused', connection, reason: 'unexpected' }] }
  return andThen(refused, next => expel(next, [connection], 'misbehaved', 'disconnected', environment))
}
