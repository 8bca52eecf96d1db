/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import { decodeHex, encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { agree, type CaseRunner, Disagreement, type VectorRunners, verdictOf } from '@chartseal/core/vectors'
import { sha256 } from '@noble/hashes/sha2.js'
import { deriveGroupKey, deriveSessionKey, deriveVerifier, type GroupKeyPart } from './v1/session.js'
import {
  groupOf,
  legacyElGamal,
  legacyOpenText,
  messageKeyOf,
  openGroupKey,
  type Signature,
  sign,
  verify,
} from './v1.js'
import { careTeam } from './vectors/care-team.js'
import { fixedRandom, type NamedParameters, parametersOf, signatureOf } from './vectors/fields.js'
import { keyTree } from './vectors/key-tree.js'
import { agreeOnPayload, runSession } from './vectors/sessions.js'

const signatures: CaseRunner = testCase => {
  const parameters = parametersOf(testCase)
  const [x, y] = [testCase.integer('private_key'), testCase.integer('public_key')]
  const message = testCase.text('message')
  agree('the public key', legacyElGamal.publicKey(parameters, x), y)
  if (testCase.has('sha256')) agree('the hash', sha256(encodeUtf8(message)), testCase.hex('sha256'))
  if (testCase.has('k')) {
    const signature = legacyElGamal.sign(parameters, x, message, testCase.integer('k'))
    const expected = signatureOf(testCase, 'signature')
    agree('r', signature.r, expected.r)
    agree('s', signature.s, expected.s)
  }
  if (parameters.name !== null) signAnew(parameters, x, y, message)
  for (const check of testCase.has('checks') ? testCase.objects('checks') : []) {
    judgeSignature(testCase, check, parameters)
  }
}

/** Our own signer, with its own k, satisfies the seed's verifier. */
function signAnew(parameters: NamedParameters, x: bigint, y: bigint, message: string): void {
  const group = groupOf(parameters.name ?? '')
  const bytes = decodeHex(x.toString(16).padStart(2 * group.sizeBytes, '0'))
  const pair = {
    use: 'sign',
    publicKey: { group: group.name, y },
    privateKey: new SecretBytes(bytes),
  } as const
  const signature = sign(pair, encodeUtf8(message), fixedRandom(sha256(encodeUtf8(message))))
  agree('our own signature', legacyElGamal.verify(parameters, y, message, signature), true)
}

/** What a check does not name is the case's own. */
function judgeSignature(testCase: JsonObject, check: JsonObject, parameters: NamedParameters): void {
  const message = (check.has('message') ? check : testCase).text('message')
  const y = (check.has('public_key') ? check : testCase).integer('public_key')
  const signature = signatureOf(check.has('signature') ? check : testCase, 'signature')
  agree('the verdict', legacyElGamal.verify(parameters, y, message, signature), check.boolean('verdict'))
  judgeStrictly(parameters, y, message, signature, untouched(testCase, message, y, signature))
}

/** Over a named group the strict verifier accepts what was honestly made, and never more than the seed. */
function judgeStrictly(
  parameters: NamedParameters,
  y: bigint,
  message: string,
  signature: Signature,
  honest: boolean,
): void {
  if (parameters.name === null) return
  const accepted = verifiesStrictly(parameters.name, y, message, signature)
  if (honest) agree('the strict verdict', accepted, true)
  if (accepted) agree('the verdict', legacyElGamal.verify(parameters, y, message, signature), true)
}

function verifiesStrictly(name: string, y: bigint, message: string, signature: Signature): boolean {
  try {
    return verify({ group: groupOf(name).name, y }, encodeUtf8(message), signature)
  } catch {
    return false
  }
}

function untouched(testCase: JsonObject, message: string, y: bigint, { r, s }: Signature): boolean {
  const signed = signatureOf(testCase, 'signature')
  const sameKey = y === testCase.integer('public_key') && message === testCase.text('message')
  return sameKey && r === signed.r && s === signed.s
}

const sessionKeys: CaseRunner = testCase => {
  const sessionKey = deriveSessionKey({
    sessionNumber: testCase.integer('session_number'),
    tsPatient: testCase.integer('ts_patient'),
    tsDoctor: testCase.integer('ts_doctor'),
    rnPatient: testCase.integer('rn_patient'),
    rnDoctor: testCase.integer('rn_doctor'),
    idPatient: testCase.text('id_patient'),
    idDoctor: testCase.text('id_doctor'),
  })
  agree('the session key', sessionKey, testCase.text('computed_sk'))
  const verifier = deriveVerifier(sessionKey, testCase.integer('ts_patient_final'))
  agree('the verifier', verifier, testCase.text('skv'))
}

const groupKeys: CaseRunner = testCase => {
  const parts = testCase.objects('session_keys').map(groupKeyPart)
  const groupKey = deriveGroupKey(parts, testCase.integer('doctor_private'))
  agree('the group key', groupKey, testCase.text('group_key'))
}

/** A session key as hex text, as the integer of a half-open session, or not made yet (`null` or absent). */
export function groupKeyPart(fields: JsonObject): GroupKeyPart {
  const idPatient = fields.text('id_patient')
  if (!fields.has('session_key')) return { idPatient, sessionKey: null }
  const value = fields.raw('session_key')
  return { idPatient, sessionKey: typeof value === 'string' ? value : fields.integer('session_key') }
}

/** Whole cases are opened and sealed again; edited ones (`opcode`, `key`) are opened as the seed did. */
const frames: CaseRunner = async testCase => {
  if (testCase.has('opcode')) return openEdited(testCase)
  const [sessionKey, groupKey] = [testCase.hex('session_key'), testCase.hex('group_key')]
  if (testCase.has('message_key')) {
    agree('the message key', messageKeyOf(groupKey), testCase.hex('message_key'))
  }
  agreeOnPayload(sessionKey, groupKey, testCase.text('message'), testCase)
}

async function openEdited(testCase: JsonObject): Promise<void> {
  const [key, payload] = [testCase.hex('key'), testCase.hex('ciphertext')]
  const expected = testCase.has('seed_plaintext') ? testCase.text('seed_plaintext') : null
  const verdict = expected === null ? 'reject' : 'accept'
  agree('the verdict', await verdictOf(() => legacyOpenText(key, payload)), verdict)
  if (expected !== null) agree('the plaintext', legacyOpenText(key, payload), expected)
  if (testCase.count('opcode') !== 30) return
  const wellFormed = expected !== null && /^[0-9a-f]{64}$/.test(expected)
  agree(
    'the strict verdict',
    await verdictOf(() => openGroupKey(key, payload)),
    wellFormed ? 'accept' : 'reject',
  )
}

const ambiguity: CaseRunner = testCase => {
  const parameters = parametersOf(testCase)
  const text = testCase.text('text')
  const [signed, presented] = [testCase.object('signed'), testCase.object('presented')]
  const ends = [signed, presented].map(pair => `${pair.integer('c1')}${pair.integer('c2')}`)
  agree('that both give one text', ends[0] === ends[1], testCase.boolean('same_text'))
  for (const end of ends) if (!text.endsWith(end)) throw new Disagreement('the text does not end with c1, c2')
  const own = [signed, presented].map(encodedPair)
  agree('that our own encoding keeps them apart', own[0] !== own[1], true)
  const [y, signature] = [testCase.integer('public_key'), signatureOf(testCase, 'signature')]
  const verdict = legacyElGamal.verify(parameters, y, text, signature)
  agree('the verdict', verdict, testCase.boolean('seed_verdict'))
}

/** The two values as version 2 encodes what it sends: deterministic CBOR. */
function encodedPair(pair: JsonObject): string {
  return encodeHex(encodeCbor([`${pair.integer('c1')}`, `${pair.integer('c2')}`]))
}

export { wycheproof } from './vectors/wycheproof.js'

export const runners: VectorRunners = {
  'care-team-v2': careTeam,
  'key-tree-v2': keyTree,
  'medchat-elgamal-sign': signatures,
  'medchat-sessions': runSession,
  'medchat-session-keys': sessionKeys,
  'medchat-group-keys': groupKeys,
  'medchat-frames': frames,
  'medchat-ambiguity': ambiguity,
}
