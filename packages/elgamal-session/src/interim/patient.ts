/** A patient of a conference as a pure state machine. The interim protocol: docs/spec/conference-interim.md. */
import { open } from '@chartseal/core/aead'
import { toBigIntBE } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import type { Environment } from './doctor-state.js'
import { type DoctorFrame, decodeDoctorFrame, encodeFrame, nonceBytes, type SealedFrame } from './frames.js'
import { isFresh, secondsOf } from './freshness.js'
import {
  endPatient,
  type PatientEffect,
  type PatientEvent,
  type PatientSettings,
  type PatientState,
  type PatientStep,
} from './patient-state.js'
import { interimGroup } from './primitives.js'
import {
  fingerprintOf,
  type Parties,
  requestBytes,
  responseBytes,
  sealedContext,
  secretBytes,
  sessionKeyOf,
  verifierOf,
} from './transcript.js'

type Frame<Kind extends DoctorFrame['kind']> = Extract<DoctorFrame, { kind: Kind }>
type Phase<Name extends PatientState['phase']> = Extract<PatientState, { phase: Name }>

/** A patient who has not said anything yet. The key stays the caller's. */
export function newPatient(settings: PatientSettings): PatientState {
  return { phase: 'idle', settings }
}

/** Pure: the old state stays valid until its `wipe` effects are carried out; no frame makes it throw. */
export function stepPatient(state: PatientState, event: PatientEvent, environment: Environment): PatientStep {
  if (state.phase === 'ended') return { state, effects: [] }
  switch (event.kind) {
    case 'start':
      return state.phase === 'idle' ? start(state, environment) : { state, effects: [] }
    case 'received':
      return onReceived(state, event.body, environment)
    case 'leave':
      return leave(state)
    case 'closed':
      return endPatient(state, 'closed')
    case 'tick':
      return onTick(state, environment.nowMs)
  }
}

/** Opcode 5, with a key for this connection only. */
function start({ settings }: Phase<'idle'>, { nowMs, random, primitives }: Environment): PatientStep {
  const pair = primitives.keyPair(random)
  const bytes = encodeFrame({ kind: 'hello', id: settings.id, key: pair.publicKey.y })
  return {
    state: { phase: 'greeting', settings, pair, sinceMs: nowMs },
    effects: [{ kind: 'send', bytes }],
  }
}

function onReceived(state: PatientState, body: Uint8Array, environment: Environment): PatientStep {
  try {
    return onFrame(state, decodeDoctorFrame(body), environment)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return endPatient(state, error.code)
  }
}

function onFrame(state: PatientState, frame: DoctorFrame, environment: Environment): PatientStep {
  switch (frame.kind) {
    case 'disconnected':
    case 'refused':
    case 'blocked':
      return endPatient(state, frame.kind, frame.text)
    case 'welcome':
      return state.phase === 'greeting'
        ? onWelcome(state, frame, environment)
        : endPatient(state, 'unexpected')
    case 'response':
      return state.phase === 'asking'
        ? onResponse(state, frame, environment)
        : endPatient(state, 'unexpected')
    case 'group-key':
      return state.phase === 'member' ? onGroupKey(state, frame) : endPatient(state, 'unexpected')
    case 'broadcast':
      return state.phase === 'member' ? onBroadcast(state, frame) : endPatient(state, 'unexpected')
  }
}

/** Opcode 10: a fresh secret for the doctor's key, signed together with both ids and both keys. */
function onWelcome(
  { settings, pair, sinceMs }: Phase<'greeting'>,
  { key }: Frame<'welcome'>,
  { nowMs, random, primitives }: Environment,
): PatientStep {
  const parties: Parties = {
    idPatient: settings.id,
    idDoctor: settings.idDoctor,
    keyPatient: pair.publicKey.y,
    keyDoctor: key,
    fingerprintPatient: fingerprintOf(settings.key.publicKey, primitives.hash),
    fingerprintDoctor: settings.fingerprintDoctor,
  }
  const secret = toBigIntBE(random.bytes(secretBytes))
  const sealed = primitives.encrypt({ group: interimGroup, y: key }, secret, random)
  const request = { ts: secondsOf(nowMs), rn: random.bytes(nonceBytes), ...sealed }
  const signed = requestBytes(parties, request)
  const signature = primitives.sign(settings.key, signed, random)
  const { y } = settings.key.publicKey
  const bytes = encodeFrame({ kind: 'request', id: settings.id, ...request, key: y, ...signature })
  const requestHash = primitives.hash(signed)
  return {
    state: { phase: 'asking', settings, pair, sinceMs, parties, secret, request, requestHash },
    effects: [{ kind: 'send', bytes }],
  }
}

/** Opcode 20: the pinned doctor signed an answer to this request, and could read its secret. */
function onResponse(
  state: Phase<'asking'>,
  response: Frame<'response'>,
  { nowMs, primitives }: Environment,
): PatientStep {
  const { settings, parties, pair, secret, request } = state
  const signer = { group: interimGroup, y: response.key }
  if (fingerprintOf(signer, primitives.hash) !== settings.fingerprintDoctor) {
    return endPatient(state, 'stranger')
  }
  if (!isFresh(response.ts, nowMs)) return endPatient(state, 'stale')
  const signed = responseBytes(parties, state.requestHash, response)
  if (!primitives.verify(signer, signed, response)) return endPatient(state, 'stranger')
  if (primitives.decrypt(pair, response) !== secret) return endPatient(state, 'bad-secret')

  const sessionKey = sessionKeyOf(parties, { secret, request, response }, primitives.hash)
  const ts = secondsOf(nowMs)
  const bytes = encodeFrame({ kind: 'verifier', ts, skv: verifierOf(sessionKey, ts, primitives.hash) })
  return {
    state: { phase: 'member', settings, sessionKey, epoch: 0, groupKey: null, sinceMs: state.sinceMs },
    effects: [
      { kind: 'wipe', secret: pair.privateKey },
      { kind: 'send', bytes },
    ],
  }
}

/** Opcode 30: epochs only go up. */
function onGroupKey(state: Phase<'member'>, frame: SealedFrame): PatientStep {
  if (frame.epoch <= state.epoch) return ignored(state, 'old-epoch')
  const bytes = openSealed(state.sessionKey, 'group-key', frame, state)
  if (bytes?.length !== AeadKey.sizeBytes) return ignored(state, 'open/failed')
  const groupKey = new AeadKey(bytes)
  bytes.fill(0)
  const effects: PatientEffect[] = [{ kind: 'group-key', epoch: frame.epoch }]
  if (state.epoch === 0) effects.unshift({ kind: 'joined' })
  if (state.groupKey !== null) effects.push({ kind: 'wipe', secret: state.groupKey })
  return { state: { ...state, epoch: frame.epoch, groupKey }, effects }
}

/** Opcode 40: one in an epoch; its key is gone after it, so a repeated frame does not open. */
function onBroadcast(state: Phase<'member'>, frame: SealedFrame): PatientStep {
  const { groupKey } = state
  if (frame.epoch !== state.epoch || groupKey === null) return ignored(state, 'old-epoch')
  const plaintext = openSealed(groupKey, 'broadcast', frame, state)
  if (plaintext === null) return ignored(state, 'open/failed')
  return {
    state: { ...state, groupKey: null },
    effects: [
      { kind: 'message', epoch: frame.epoch, text: decodeUtf8(plaintext) },
      { kind: 'wipe', secret: groupKey },
    ],
  }
}

function openSealed(
  key: AeadKey,
  kind: 'group-key' | 'broadcast',
  frame: SealedFrame,
  { settings }: Phase<'member'>,
): Uint8Array | null {
  try {
    return open(key, frame, sealedContext(kind, frame.epoch, settings.id))
  } catch {
    return null
  }
}

/** What does not open changes nothing: an attacker who slipped it in must not be able to end the conference. */
function ignored(state: Phase<'member'>, reason: 'old-epoch' | 'open/failed'): PatientStep {
  return { state, effects: [{ kind: 'ignored', reason }] }
}

function leave(state: PatientState): PatientStep {
  const step = endPatient(state, 'left')
  if (state.phase === 'idle') return step
  const bytes = encodeFrame({ kind: 'exit', id: state.settings.id })
  return { ...step, effects: [{ kind: 'send', bytes }, ...step.effects] }
}

function onTick(state: PatientState, nowMs: number): PatientStep {
  const waiting = state.phase !== 'idle' && state.phase !== 'ended' && !isInside(state)
  const late = waiting && nowMs - state.sinceMs >= state.settings.handshakeTimeoutMs
  return late ? endPatient(state, 'timeout') : { state, effects: [] }
}

function isInside(state: PatientState): boolean {
  return state.phase === 'member' && state.epoch > 0
}
