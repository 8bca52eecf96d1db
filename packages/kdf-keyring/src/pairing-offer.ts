/** The side that shows the QR. */
import { concat, equal } from '@chartseal/core/bytes'
import { type SigningKey, sign, verify, verifyingKeyOf } from '@chartseal/core/ed25519'
import { coreError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import { sha256 } from '@noble/hashes/sha2.js'
import { secretOf } from './chain.js'
import { clockEpoch } from './clock.js'
import type { Epoch } from './epoch.js'
import { keyringError } from './errors.js'
import {
  type Answer,
  answerMac,
  answerToSign,
  encodePayload,
  formatPairingUri,
  invalid,
  type PairingPeer,
  type Role,
  readAnswer,
  readPayload,
  revealToSign,
} from './pairing-payload.js'
import { deriveSecrets, type PairingToConfirm, transcriptOf } from './pairing-secrets.js'

const secretBytes = 32
/** How long a QR can be answered unless the app says otherwise. */
const defaultLifeMs = 10 * 60 * 1000

/** Who pairs. The key stays the caller's. */
export interface PairingSelf {
  readonly role: Role
  readonly name: string
  readonly signingKey: SigningKey
}

/** What an offer consists of, as {@link restoreOffer} takes it back. All of it but the hash is secret. */
interface OfferParts {
  readonly payload: SecretBytes
  readonly pairingSecret: SecretBytes
  readonly nonce: SecretBytes
  /** Made for this offer alone. */
  readonly ephemeral: AgreementKey
  readonly firstEpoch: Epoch
  readonly notAfterMs: number
  /** SHA-256 of the answer that was taken. */
  readonly answerHash: Uint8Array | null
}

/** A QR that waits for its one answer. Printing it shows no secret. */
export class Offer {
  readonly stage: 'waiting' | 'answered' | 'void'
  readonly payload: SecretBytes
  readonly pairingSecret: SecretBytes
  readonly nonce: SecretBytes
  readonly ephemeral: AgreementKey
  readonly firstEpoch: Epoch
  readonly notAfterMs: number
  readonly answerHash: Uint8Array | null

  constructor(stage: Offer['stage'], parts: OfferParts) {
    this.stage = stage
    this.payload = parts.payload
    this.pairingSecret = parts.pairingSecret
    this.nonce = parts.nonce
    this.ephemeral = parts.ephemeral
    this.firstEpoch = parts.firstEpoch
    this.notAfterMs = parts.notAfterMs
    this.answerHash = parts.answerHash
  }

  /** What the QR holds. Secret; empty once the offer was answered or is void. */
  get uri(): string {
    return this.stage === 'waiting' ? formatPairingUri(this.payload.reveal()) : ''
  }
}

/** The offer to go on with, what to send to the other side, and what to show. */
export interface Answered {
  readonly offer: Offer
  /** Nonce A and the signature of the transcript, 96 bytes. */
  readonly reveal: Uint8Array
  readonly toConfirm: PairingToConfirm
}

/** @throws ChartsealError `keyring/pairing-invalid` for an invalid name, `keyring/bad-clock`, `key/wiped` */
export function offerPairing(
  self: PairingSelf,
  nowMs: number,
  random: Random = systemRandom,
  notAfterMs: number = nowMs + defaultLifeMs,
): Offer {
  const ephemeral = AgreementKey.generate(random)
  const pairingSecret = new SecretBytes(random.bytes(secretBytes))
  const nonce = new SecretBytes(random.bytes(secretBytes))
  const firstEpoch = clockEpoch(nowMs)
  const payload = encodePayload({
    ...introductionOf(self, ephemeral),
    pairingSecret: pairingSecret.reveal(),
    nonceHash: sha256(nonce.reveal()),
    firstEpoch,
    notAfterMs,
  })
  return new Offer('waiting', {
    payload: secretOf(payload),
    pairingSecret,
    nonce,
    ephemeral,
    firstEpoch,
    notAfterMs,
    answerHash: null,
  })
}

/**
 * The offer that had these parts, for an app that stores it between two steps. Copies them.
 * @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-version`, `key/wrong-length`
 */
export function restoreOffer(stored: {
  readonly payload: Uint8Array
  readonly nonce: Uint8Array
  readonly ephemeral: Uint8Array
  /** The answer that was taken, if one was. */
  readonly answer: Uint8Array | null
}): Offer {
  const { payload, nonce, answer } = stored
  const { pairingSecret, firstEpoch, notAfterMs } = readPayload(payload)
  return new Offer(answer === null ? 'waiting' : 'answered', {
    payload: new SecretBytes(payload),
    pairingSecret: secretOf(pairingSecret),
    nonce: new SecretBytes(nonce),
    ephemeral: new AgreementKey(stored.ephemeral),
    firstEpoch,
    notAfterMs,
    answerHash: answer === null ? null : sha256(answer),
  })
}

/**
 * Takes the answer. The same bytes again give the same; a second, different answer of someone who saw the QR
 * ends the offer and wipes its secrets: the caller drops what it had to confirm.
 * @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-version`, `keyring/pairing-expired`,
 * `keyring/pairing-mismatch`, `keyring/pairing-void` for a second answer or an offer that is void, `open/failed` for a
 * MAC made without the pairing secret
 */
export function receiveAnswer(
  offer: Offer,
  answerBytes: Uint8Array,
  self: PairingSelf,
  nowMs: number,
): Answered {
  const answer = checkedAnswer(offer, answerBytes, self, nowMs)
  const answerHash = sha256(answerBytes)
  if (offer.answerHash !== null && !equal(offer.answerHash, answerHash)) {
    wipeOffer(offer)
    throw keyringError('keyring/pairing-void', {})
  }
  const nonce = offer.nonce.reveal()
  const transcript = transcriptOf(offer.payload.reveal(), answerBytes, nonce)
  const { pairingSecret, ephemeral, firstEpoch } = offer
  const exchange = { transcript, pairingSecret, ephemeral, theirEphemeral: answer.ephemeralKey }
  const toConfirm = deriveSecrets(exchange, peerOf(answer, self), firstEpoch)
  const reveal = concat(nonce, sign(self.signingKey, revealToSign(transcript)))
  return { offer: new Offer('answered', { ...offer, answerHash }), reveal, toConfirm }
}

/** Ends an offer and wipes its secrets: after confirming, and when it is void. */
export function wipeOffer(offer: Offer): Offer {
  for (const secret of [offer.payload, offer.pairingSecret, offer.nonce, offer.ephemeral]) secret.wipe()
  return new Offer('void', offer)
}

function checkedAnswer(offer: Offer, bytes: Uint8Array, self: PairingSelf, nowMs: number): Answer {
  if (offer.stage === 'void' || offer.payload.isWiped) throw keyringError('keyring/pairing-void', {})
  if (nowMs > offer.notAfterMs) throw keyringError('keyring/pairing-expired', {})
  const received = readAnswer(bytes)
  const { answer, signature, mac } = received
  if (!equal(answer.payloadHash, sha256(offer.payload.reveal()))) {
    throw keyringError('keyring/pairing-mismatch', { of: 'payload' })
  }
  if (!equal(mac, answerMac(received, offer.pairingSecret.reveal()))) throw coreError('open/failed', {})
  peerOf(answer, self)
  if (!verify(answer.verifyingKey, answerToSign(answer), signature)) {
    throw keyringError('keyring/pairing-mismatch', { of: 'signature' })
  }
  return answer
}

/** What a side says of itself in its message. */
export function introductionOf(
  { role, name, signingKey }: PairingSelf,
  ephemeral: AgreementKey,
): PairingPeer & { readonly ephemeralKey: Uint8Array } {
  return { role, name, verifyingKey: verifyingKeyOf(signingKey), ephemeralKey: publicKeyOf(ephemeral) }
}

/** @throws ChartsealError `keyring/pairing-invalid` for our own key come back, and for a second patient */
export function peerOf({ role, name, verifyingKey }: PairingPeer, self: PairingSelf): PairingPeer {
  if (equal(verifyingKey, verifyingKeyOf(self.signingKey))) throw invalid('it has our own signing key')
  // Two clinicians pair, for the thread of a care team; no patient learns who another one is.
  if (role === 'patient' && self.role === 'patient') throw invalid('both sides are patients')
  return { role, name, verifyingKey }
}
