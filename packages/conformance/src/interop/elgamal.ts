import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import {
  deriveGroupKey,
  deriveSessionKey,
  deriveVerifier,
  groups,
  legacyElGamal,
  openGroupKey,
  openMessage,
  type Parameters,
  sealGroupKey,
  sealMessage,
} from '@chartseal/elgamal-session/v1'
import { groupKeyPart } from '@chartseal/elgamal-session/vectors'
import type { Operation, Operations } from './operation.js'

// The seed's own arithmetic: any p and g, and its verifier's answers.
const sign: Operation = (request, { random }) => {
  const parameters = parametersOf(request)
  const [privateKey, message] = [request.integer('private_key'), request.text('message')]
  const { r, s } = request.has('k')
    ? legacyElGamal.sign(parameters, privateKey, message, request.integer('k'))
    : legacyElGamal.signFresh(parameters, privateKey, message, random)
  return { signature: [r, s] }
}

const verify: Operation = request => {
  const [r = 0n, s = 0n, ...more] = request.integers('signature')
  if (more.length > 0) return { verdict: false }
  const [publicKey, message] = [request.integer('public_key'), request.text('message')]
  return { verdict: legacyElGamal.verify(parametersOf(request), publicKey, message, { r, s }) }
}

/** `p` is a number or the name of a group, whose generator is 2. */
function parametersOf(request: JsonObject): Parameters {
  const named = Object.values(groups).find(group => group.name === request.raw('p'))
  if (named !== undefined && !request.has('g')) return named
  const p = named?.p ?? request.integer('p')
  if (p < 3n) throw new RangeError('p must be 3 at least')
  return { p, g: request.integer('g') }
}

const sessionKey: Operation = request => {
  const key = deriveSessionKey({
    sessionNumber: request.integer('session_number'),
    tsPatient: request.integer('ts_patient'),
    tsDoctor: request.integer('ts_doctor'),
    rnPatient: request.integer('rn_patient'),
    rnDoctor: request.integer('rn_doctor'),
    idPatient: request.text('id_patient'),
    idDoctor: request.text('id_doctor'),
  })
  if (!request.has('ts_patient_final')) return { computed_sk: key }
  return { computed_sk: key, skv: deriveVerifier(key, request.integer('ts_patient_final')) }
}

const groupKey: Operation = request => {
  const parts = request.objects('session_keys').map(groupKeyPart)
  return { group_key: deriveGroupKey(parts, request.integer('doctor_private')) }
}

/** Seals, or opens where a payload is given; one of the two payloads alone is enough. */
const frames: Operation = (request, { random }) => {
  const opening = request.has('encrypted_group_key') || request.has('encrypted_message')
  if (opening) return openFrames(request)
  const key = request.hex('group_key')
  const sealedKey = request.has('session_key')
    ? { encrypted_group_key: encodeHex(sealGroupKey(request.hex('session_key'), key, random)) }
    : {}
  const sealed = request.has('message')
    ? { encrypted_message: encodeHex(sealMessage(key, request.text('message'), random)) }
    : {}
  return { ...sealedKey, ...sealed }
}

function openFrames(request: JsonObject): { group_key: string; message?: string } {
  const key = request.has('encrypted_group_key')
    ? openGroupKey(request.hex('session_key'), request.hex('encrypted_group_key'))
    : request.hex('group_key')
  if (!request.has('encrypted_message')) return { group_key: encodeHex(key) }
  return { group_key: encodeHex(key), message: openMessage(key, request.hex('encrypted_message')) }
}

export const elgamalOperations: Operations = {
  'elgamal-sign': sign,
  'elgamal-verify': verify,
  'session-key': sessionKey,
  'group-key': groupKey,
  frames,
}
