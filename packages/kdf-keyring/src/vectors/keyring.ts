import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, lateRefusalOf, refusalOf } from '@chartseal/core/vectors'
import { advanceRing } from '../advance.js'
import { epochKey, nextLink } from '../chain.js'
import { epochOf, formatEpoch } from '../epoch.js'
import { exportRing, openRingAtRest } from '../export.js'
import { acceptPairing, receiveReveal } from '../pairing-accept.js'
import { offerPairing, type PairingSelf, receiveAnswer } from '../pairing-offer.js'
import { formatPairingUri } from '../pairing-payload.js'
import { type PairingToConfirm, transcriptOf } from '../pairing-secrets.js'
import { parsePhc } from '../phc.js'
import { createRing } from '../ring.js'
import { decodeRing, encodeRing } from '../state.js'
import { takeSealingKey } from '../use.js'

/** Frozen: the links of a chain and their keys, the state of a ring after some steps, or an export. */
export const keyring: CaseRunner = async testCase => {
  if (testCase.has('refused')) {
    agree('the refusal', await lateRefusalOf(() => opened(testCase)), testCase.text('refused'))
  } else if (testCase.has('links')) agreeOnChain(testCase)
  else if (testCase.has('export')) await agreeOnExport(testCase)
  else if (testCase.has('older_export')) await agreeOnOlder(testCase)
  else agreeOnState(testCase)
}

function opened(testCase: JsonObject): unknown {
  if (testCase.has('state')) return decodeRing(testCase.hex('state'))
  return openRingAtRest(testCase.hex('export'), testCase.text('passphrase'))
}

function agreeOnChain(testCase: JsonObject): void {
  let chain = new SecretBytes(testCase.hex('root'))
  for (const link of testCase.objects('links')) {
    const epoch = link.count('epoch')
    const { key, kid } = epochKey(chain, epoch, testCase.hex('verifying_key'), testCase.count('device'))
    agree('the epoch', epochOf(link.count('start_ms')), epoch)
    agree('the month', formatEpoch(epochOf(link.count('start_ms'))), link.text('month'))
    agree('the link', chain.reveal(), link.hex('chain'))
    agree('the key', key.reveal(), link.hex('key'))
    agree('the kid', kid, link.hex('kid'))
    chain = nextLink(chain, epoch)
  }
}

function agreeOnState(testCase: JsonObject): void {
  const nowMs = testCase.count('created_ms')
  const created = createRing({
    root: new SecretBytes(testCase.hex('root')),
    ownVerifyingKey: testCase.hex('own_verifying_key'),
    peerVerifyingKey: testCase.hex('peer_verifying_key'),
    firstEpoch: epochOf(nowMs),
    nowMs,
  })
  let { ring } = takeSealingKey(created, testCase.count('size_bytes'), nowMs)
  for (const timeMs of testCase.integers('advanced_ms')) ring = advanceRing(ring, Number(timeMs))
  agree('the state', encodeRing(ring), testCase.hex('state'))
  agree('the state, read and written', encodeRing(decodeRing(testCase.hex('state'))), testCase.hex('state'))
}

async function agreeOnExport(testCase: JsonObject): Promise<void> {
  const [state, passphrase] = [testCase.hex('state'), testCase.text('passphrase')]
  const options = { random: draws(testCase, 'salt'), parameters: parsePhc(testCase.text('phc')) }
  const role = testCase.text('role') === 'doctor' ? 'doctor' : 'patient'
  const { sealed } = await exportRing(decodeRing(state), passphrase, { ...options, role })
  agree('the export', sealed, testCase.hex('export'))
  agree('the exported state', encodeRing(await openRingAtRest(sealed, passphrase)), state)
}

/** What version 2 wrote is read, and written as version 3. */
async function agreeOnOlder(testCase: JsonObject): Promise<void> {
  const [state, passphrase] = [testCase.hex('state'), testCase.text('passphrase')]
  agree('the state', encodeRing(decodeRing(testCase.hex('older_state'))), state)
  const ring = await openRingAtRest(testCase.hex('older_export'), passphrase)
  agree('the exported state', encodeRing(ring), state)
}

/** Frozen: both sides of a pairing, message by message, and what they derive; or a message that is refused. */
export const pairing: CaseRunner = testCase => {
  const [a, b] = [selfOf(testCase.object('a')), selfOf(testCase.object('b'))]
  const nowMs = testCase.count('now_ms')
  if (testCase.has('refused')) {
    agree(
      'the refusal',
      refusalOf(() => step(testCase, a, b)),
      testCase.text('refused'),
    )
    return
  }
  const offer = offerPairing(a, nowMs, draws(testCase, 'ephemeral_a', 'pairing_secret', 'nonce_a'))
  const payload = Uint8Array.from(offer.payload.reveal())
  agree('payload A', payload, testCase.hex('payload'))
  agree('the URI', offer.uri, testCase.text('uri'))
  const random = draws(testCase, 'ephemeral_b', 'nonce_b')
  const acceptance = acceptPairing(offer.uri, b, nowMs, { random })
  agree('answer B', acceptance.answer, testCase.hex('answer'))
  const answered = receiveAnswer(offer, acceptance.answer, a, nowMs)
  agree('the reveal', answered.reveal, testCase.hex('reveal'))
  const transcript = transcriptOf(payload, acceptance.answer, testCase.hex('nonce_a'))
  agree('the transcript', transcript, testCase.hex('transcript'))
  agreeOnSecrets(answered.toConfirm, testCase)
  agreeOnSecrets(receiveReveal(acceptance, answered.reveal, b), testCase)
}

/** One message, to whom it is for. */
function step(testCase: JsonObject, a: PairingSelf, b: PairingSelf): unknown {
  const nowMs = testCase.count('now_ms')
  if (testCase.text('step') === 'answer') {
    const offer = offerPairing(a, nowMs, draws(testCase, 'ephemeral_a', 'pairing_secret', 'nonce_a'))
    const readMs = testCase.has('read_ms') ? testCase.count('read_ms') : nowMs
    return receiveAnswer(offer, testCase.hex('answer'), a, readMs)
  }
  const uri = formatPairingUri(testCase.hex('payload'))
  const acceptance = acceptPairing(uri, b, nowMs, { random: draws(testCase, 'ephemeral_b', 'nonce_b') })
  return testCase.text('step') === 'reveal'
    ? receiveReveal(acceptance, testCase.hex('reveal'), b)
    : acceptance
}

function agreeOnSecrets(derived: PairingToConfirm, testCase: JsonObject): void {
  agree('the digits', derived.shortCode, testCase.text('digits'))
  agree('the root', derived.root.reveal(), testCase.hex('root'))
  agree('the session key', derived.sessionKey.reveal(), testCase.hex('session_key'))
}

function selfOf(side: JsonObject): PairingSelf {
  const role = side.text('role') === 'doctor' ? 'doctor' : 'patient'
  const signingKey = new SigningKey(side.hex('signing_key'))
  agree('the verifying key', encodeHex(verifyingKeyOf(signingKey)), side.text('verifying_key'))
  return { role, name: side.text('name'), signingKey }
}

/** Gives out these fields of a case, one after the other. */
function draws(testCase: JsonObject, ...names: readonly string[]): Random {
  const left = [...names]
  return { bytes: () => testCase.hex(left.shift() ?? 'no more draws') }
}
