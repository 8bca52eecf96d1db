/** The side that reads the QR. */
import { equal } from '@chartseal/core/bytes'
import { sign, verify } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { AgreementKey } from '@chartseal/core/x25519'
import { sha256 } from '@noble/hashes/sha2.js'
import { secretOf } from './chain.js'
import { clockEpoch, clockJump, hourMs, refuseAhead } from './clock.js'
import { epochEnd, epochStart } from './epoch.js'
import { keyringError } from './errors.js'
import { introductionOf, type PairingSelf, peerOf } from './pairing-offer.js'
import {
  answerToSign,
  encodeAnswer,
  type Payload,
  parsePairingUri,
  readPayload,
  revealToSign,
} from './pairing-payload.js'
import { deriveSecrets, type PairingToConfirm, transcriptOf } from './pairing-secrets.js'

const nonceBytes = 32
const signatureBytes = 64
/** A code that lives longer was made by a clock that is ahead. */
const maxLifeMs = hourMs

/** An answer that was made; waits for the reveal. Printing it shows no secret. */
export interface Acceptance {
  readonly stage: 'waiting'
  /** To be sent to the side that shows the QR. */
  readonly answer: Uint8Array
  readonly payload: SecretBytes
  /** Made for this answer alone. */
  readonly ephemeral: AgreementKey
}

export interface AcceptOptions {
  readonly random?: Random
  /** A person says that the clock here is right, although the code was made by one that differs. */
  readonly clockConfirmed?: boolean
}

/**
 * Answers a QR.
 * @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-version`, `keyring/pairing-expired`, `key/wiped`;
 * `keyring/clock-jump` for a code of another month than this one or its neighbours, or one that is good for more than an
 * hour; `keyring/ahead-of-clock` for one from the month after the next, even when confirmed
 */
export function acceptPairing(
  uri: string,
  self: PairingSelf,
  nowMs: number,
  { random = systemRandom, clockConfirmed = false }: AcceptOptions = {},
): Acceptance {
  const payload = parsePairingUri(uri)
  const offered = readPayload(payload)
  try {
    refuseClock(offered, nowMs, clockConfirmed)
    peerOf(offered, self)
    const ephemeral = AgreementKey.generate(random)
    const nonce = random.bytes(nonceBytes)
    const own = { ...introductionOf(self, ephemeral), nonce, payloadHash: sha256(payload) }
    const answer = encodeAnswer(own, sign(self.signingKey, answerToSign(own)), offered.pairingSecret)
    return { stage: 'waiting', answer, payload: new SecretBytes(payload), ephemeral }
  } finally {
    offered.pairingSecret.fill(0)
    payload.fill(0)
  }
}

/** The acceptance that had these parts, for an app that stores it between two steps. Copies them. */
export function restoreAcceptance(stored: {
  readonly payload: Uint8Array
  readonly answer: Uint8Array
  readonly ephemeral: Uint8Array
}): Acceptance {
  return {
    stage: 'waiting',
    answer: Uint8Array.from(stored.answer),
    payload: new SecretBytes(stored.payload),
    ephemeral: new AgreementKey(stored.ephemeral),
  }
}

/**
 * Takes the reveal, and wipes the secrets of the acceptance when it is the right one.
 * @throws ChartsealError `keyring/pairing-mismatch` for another nonce than the QR committed to, or a signature of
 * another key, `key/small-order` for a key that agrees on nothing, `key/wiped` when a reveal was taken before
 */
export function receiveReveal(
  acceptance: Acceptance,
  reveal: Uint8Array,
  self: PairingSelf,
): PairingToConfirm {
  const { answer, payload, ephemeral } = acceptance
  const offered = readPayload(payload.reveal())
  using pairingSecret = secretOf(offered.pairingSecret)
  const nonce = reveal.slice(0, nonceBytes)
  if (reveal.length !== nonceBytes + signatureBytes || !equal(sha256(nonce), offered.nonceHash)) {
    throw keyringError('keyring/pairing-mismatch', { of: 'nonce' })
  }
  const transcript = transcriptOf(payload.reveal(), answer, nonce)
  if (!verify(offered.verifyingKey, revealToSign(transcript), reveal.subarray(nonceBytes))) {
    throw keyringError('keyring/pairing-mismatch', { of: 'signature' })
  }
  const exchange = { transcript, pairingSecret, ephemeral, theirEphemeral: offered.ephemeralKey }
  const toConfirm = deriveSecrets(exchange, peerOf(offered, self), offered.firstEpoch)
  wipeAcceptance(acceptance)
  return toConfirm
}

/** Ends an acceptance and wipes its secrets. */
export function wipeAcceptance({ payload, ephemeral }: Acceptance): void {
  payload.wipe()
  ephemeral.wipe()
}

function refuseClock({ firstEpoch, notAfterMs }: Payload, nowMs: number, confirmed: boolean): void {
  const own = clockEpoch(nowMs)
  if (nowMs > notAfterMs) throw keyringError('keyring/pairing-expired', {})
  if (!confirmed && firstEpoch > own + 1) {
    throw clockJump('is behind the other device', epochStart(firstEpoch) - nowMs)
  }
  refuseAhead(firstEpoch, nowMs)
  if (confirmed) return
  if (firstEpoch < own - 1) throw clockJump('is ahead of the other device', nowMs - epochEnd(firstEpoch))
  if (notAfterMs > nowMs + maxLifeMs) throw clockJump('is behind the other device', notAfterMs - nowMs)
}
