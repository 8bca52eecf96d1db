/** Runner of medchat-sessions: whole handshakes and broadcasts of the seed. Its pickles are never read. */
import { decodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, Disagreement } from '@chartseal/core/vectors'
import { mod } from '../arithmetic.js'
import type { Parameters } from '../groups.js'
import {
  type Ciphertext,
  deriveGroupKey,
  deriveSessionKey,
  deriveVerifier,
  frameShapes,
  groupKeyInput,
  legacyElGamal,
  openGroupKey,
  openMessage,
  requestText,
  responseText,
  sealGroupKey,
  sealMessage,
} from '../v1.js'
import { fixedRandom, parametersOf, signatureOf } from './fields.js'

const ivBytes = 16

export const runSession: CaseRunner = testCase => {
  const patients = testCase.objects('patients')
  for (const patient of patients) runHandshake(patient)
  const parts = patients.map(patient => ({
    idPatient: patient.text('id_patient'),
    sessionKey: patient.text('computed_sk'),
  }))
  const doctorPrivate = testCase.integer('doctor_private_of_last_joiner')
  if (testCase.has('group_key_input')) {
    agree('the group key input', groupKeyInput(parts, doctorPrivate), testCase.text('group_key_input'))
  }
  const groupKey = testCase.text('group_key')
  agree('the group key', deriveGroupKey(parts, doctorPrivate), groupKey)
  for (const broadcast of testCase.has('broadcasts') ? testCase.objects('broadcasts') : []) {
    for (const received of broadcast.objects('per_patient')) {
      const sessionKey = decodeHex(received.text('session_key'))
      agreeOnPayload(sessionKey, decodeHex(groupKey), broadcast.text('message'), received)
    }
  }
}

/** Opens both payloads, and seals them again under the same iv. */
export function agreeOnPayload(
  sessionKey: Uint8Array,
  groupKey: Uint8Array,
  message: string,
  fields: JsonObject,
): void {
  const [sealedKey, sealed] = [fields.hex('encrypted_group_key'), fields.hex('encrypted_message')]
  agree('the opened group key', openGroupKey(sessionKey, sealedKey), groupKey)
  agree('the opened message', openMessage(groupKey, sealed), message)
  const again = sealGroupKey(sessionKey, groupKey, ivOf(sealedKey))
  agree('the sealed group key', again, sealedKey)
  agree('the sealed message', sealMessage(groupKey, message, ivOf(sealed)), sealed)
}

function ivOf(payload: Uint8Array): ReturnType<typeof fixedRandom> {
  return fixedRandom(payload.subarray(0, ivBytes))
}

function runHandshake(patient: JsonObject): void {
  const parameters = parametersOf(patient)
  const [x, y] = [patient.integer('patient_private'), patient.integer('patient_public')]
  const [doctorX, doctorY] = [patient.integer('doctor_private'), patient.integer('doctor_public')]
  agree('the public key of the patient', legacyElGamal.publicKey(parameters, x), y)
  agree('the public key of the doctor', legacyElGamal.publicKey(parameters, doctorX), doctorY)

  const [request, response] = [patient.object('request'), patient.object('response')]
  const sessionNumber = mod(patient.integer('session_number_chosen'), parameters.p)
  agree('the session number', sessionNumber, patient.integer('session_number_mod_p'))
  agreeOnMessage(parameters, { request, sessionNumber, from: x, to: doctorY, opener: doctorX })
  agreeOnMessage(parameters, { request: response, sessionNumber, from: doctorX, to: y, opener: x })
  agreeOnTexts(patient, request, response)
  agreeOnKeys(patient, sessionNumber)
  if (patient.has('frames')) agreeOnFrames(patient, parameters, request, response)
}

interface Transfer {
  readonly request: JsonObject
  readonly sessionNumber: bigint
  /** Private key of the signer, public key that is encrypted to, and the private key that opens. */
  readonly from: bigint
  readonly to: bigint
  readonly opener: bigint
}

function agreeOnMessage(parameters: Parameters, transfer: Transfer): void {
  const { request, sessionNumber } = transfer
  const expected = ciphertextOf(request)
  const sealed = legacyElGamal.encrypt(parameters, transfer.to, sessionNumber, request.integer('r'))
  agree('c1', sealed.c1, expected.c1)
  agree('c2', sealed.c2, expected.c2)
  agree('the decryption', legacyElGamal.decrypt(parameters, transfer.opener, expected), sessionNumber)

  const text = request.text('signed_text')
  const signature = legacyElGamal.sign(parameters, transfer.from, text, request.integer('k'))
  const { r, s } = signatureOf(request, 'signature')
  agree('r', signature.r, r)
  agree('s', signature.s, s)
  const signer = legacyElGamal.publicKey(parameters, transfer.from)
  agree('the verdict', legacyElGamal.verify(parameters, signer, text, { r, s }), true)
}

function ciphertextOf(fields: JsonObject): Ciphertext {
  return { c1: fields.integer('c1'), c2: fields.integer('c2') }
}

function agreeOnTexts(patient: JsonObject, request: JsonObject, response: JsonObject): void {
  const [ts, rn] = [patient.integer('ts_patient'), patient.integer('rn_patient')]
  const first = requestText(ts, rn, patient.text('id_doctor'), ciphertextOf(request))
  agree('the text of opcode 10', first, request.text('signed_text'))
  const [tsDoctor, rnDoctor] = [patient.integer('ts_doctor'), patient.integer('rn_doctor')]
  const second = responseText(tsDoctor, rnDoctor, patient.text('id_patient'), ciphertextOf(response))
  agree('the text of opcode 20', second, response.text('signed_text'))
}

function agreeOnKeys(patient: JsonObject, sessionNumber: bigint): void {
  const sessionKey = deriveSessionKey({
    sessionNumber,
    tsPatient: patient.integer('ts_patient'),
    tsDoctor: patient.integer('ts_doctor'),
    rnPatient: patient.integer('rn_patient'),
    rnDoctor: patient.integer('rn_doctor'),
    idPatient: patient.text('id_patient'),
    idDoctor: patient.text('id_doctor'),
  })
  agree('the session key', sessionKey, patient.text('computed_sk'))
  const verifier = deriveVerifier(sessionKey, patient.integer('ts_patient_final'))
  agree('the verifier', verifier, patient.text('skv'))
}

/** The frames carry the fields that our table names, with the values of the handshake. */
function agreeOnFrames(
  patient: JsonObject,
  parameters: Parameters,
  request: JsonObject,
  response: JsonObject,
): void {
  const values = frameValues(patient, parameters, request, response)
  for (const frame of patient.objects('frames')) {
    const decoded = frame.object('decoded')
    const opcode = decoded.has('opcode') ? decoded.count('opcode') : null
    const shape = frameShapes.find(each => each.opcode === opcode && each.from === frame.text('sender'))
    if (shape === undefined) throw new Disagreement('a frame that the table does not have')
    const fields = decoded.keys.filter(key => key !== 'opcode').sort()
    agree('the fields of a frame', fields.join(), [...shape.fields].sort().join())
    for (const field of fields) agree(field, `${decoded.raw(field)}`, `${values[field]}`)
  }
}

function frameValues(
  patient: JsonObject,
  { p, g }: Parameters,
  request: JsonObject,
  response: JsonObject,
): Readonly<Record<string, unknown>> {
  return {
    id_patient: patient.text('id_patient'),
    public_key_patient: [p, g, patient.integer('patient_public')],
    public_key_doctor: [p, g, patient.integer('doctor_public')],
    ts_patient: patient.integer('ts_patient'),
    rn_patient: patient.integer('rn_patient'),
    ...ciphertextOf(request),
    sign_data1: request.list('signature'),
    ts_doctor: patient.integer('ts_doctor'),
    rn_doctor: patient.integer('rn_doctor'),
    c1_reencrypted: response.integer('c1'),
    c2_reencrypted: response.integer('c2'),
    sign_data2: response.list('signature'),
    skv_patient: patient.text('skv'),
    ts_patient_final: patient.integer('ts_patient_final'),
  }
}
