/** The side that shows the QR. */
import { equal } from '@chartseal/core/bytes'
import { type SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { coreError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { type AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Epoch, epochOf } from './epoch.js'
import { keyringError } from './errors.js'
import {
  type Answer,
  answerMac,
  encodePayload,
  formatPairingUri,
  invalid,
  type PairingPeer,
  type Role,
  readAnswer,
} from './pairing-payload.js'
import { deriveSecrets, type PairingToConfirm } from './pairing-secrets.js'

const secretBytes = 32
/** How long a QR can be answered unless the app says otherwise. */
const defaultLifeMs = 10 * 60 * 1000

/** Who pairs. The keys stay the caller's. */
export interface PairingSelf {
  readonly role: Role
  readonly name: string
  readonly signingKey: SigningKey
  readonly agreementKey: AgreementKey
}

/** A QR that waits for its one answer. Secret until then. */
export interface Offer {
  readonly stage: 'waiting' | 'answered' | 'void'
  readonly uri: string
  readonly payload: Uint8Array
  readonly pairingSecret: SecretBytes
  readonly nonce: SecretBytes
  readonly firstEpoch: Epoch
  readonly notAfterMs: number
  /** SHA-256 of the answer that was taken. */
  readonly answerHash: Uint8Array | null
}

/** What comes of an answer: the offer to go on with, and, when it was taken, what to send and to show. */
export interface Answered {
  readonly offer: Offer
  /** Nonce A, 32 bytes, to be sent to the other side. */
  readonly reveal: Uint8Array
  readonly toConfirm: PairingToConfirm
}

export function publicSide(self: PairingSelf): PairingPeer {
  const { role, name } = self
  return {
    role,
    name,
    verifyingKey: verifyingKeyOf(self.signingKey),
    agreementKey: publicKeyOf(self.agreementKey),
  }
}

/** @throws ChartsealError `keyring/pairing-invalid` for a name that is none, `key/wiped` */
export function offerPairing(
  self: PairingSelf,
  nowMs: number,
  random: Random = systemRandom,
  notAfterMs: number = nowMs + defaultLifeMs,
): Offer {
  const pairingSecret = new SecretBytes(random.bytes(secretBytes))
  const nonce = new SecretBytes(random.bytes(secretBytes))
  const firstEpoch = epochOf(nowMs)
  const nonceHash = sha256(nonce.reveal())
  const secret = pairingSecret.reveal()
  const payload = encodePayload({
    ...publicSide(self),
    pairingSecret: secret,
    nonceHash,
    firstEpoch,
    notAfterMs,
  })
  const offered = { uri: formatPairingUri(payload), payload, pairingSecret, nonce, firstEpoch, notAfterMs }
  return { stage: 'waiting', ...offered, answerHash: null }
}

/**
 * Takes the answer. The same bytes again give the same; a second, different answer of someone who saw the QR
 * voids the offer and wipes its secrets: the caller keeps `voided` and drops what it had to confirm.
 * @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-expired`, `keyring/pairing-mismatch`,
 * `keyring/pairing-void` for an offer that is void, `open/failed` for a MAC made without the pairing secret
 */
export function receiveAnswer(
  offer: Offer,
  answerBytes: Uint8Array,
  self: PairingSelf,
  nowMs: number,
): Answered | { readonly voided: Offer } {
  const peer = checkedAnswer(offer, answerBytes, self, nowMs)
  const answerHash = sha256(answerBytes)
  if (offer.answerHash !== null && !equal(offer.answerHash, answerHash)) return { voided: voidOffer(offer) }
  const reveal = Uint8Array.from(offer.nonce.reveal())
  const messages = [offer.payload, answerBytes, reveal] as const
  const toConfirm = deriveSecrets(messages, offer.pairingSecret, self.agreementKey, peer, offer.firstEpoch)
  return { offer: { ...offer, stage: 'answered', answerHash }, reveal, toConfirm }
}

/** Ends an offer, answered or not, and wipes its secrets. */
export function voidOffer(offer: Offer): Offer {
  offer.pairingSecret.wipe()
  offer.nonce.wipe()
  offer.payload.fill(0)
  return { ...offer, stage: 'void', uri: '' }
}

function checkedAnswer(offer: Offer, bytes: Uint8Array, self: PairingSelf, nowMs: number): PairingPeer {
  if (offer.stage === 'void') throw keyringError('keyring/pairing-void', {})
  if (nowMs > offer.notAfterMs) throw keyringError('keyring/pairing-expired', {})
  const { answer, mac } = readAnswer(bytes)
  if (!equal(answer.payloadHash, sha256(offer.payload))) {
    throw keyringError('keyring/pairing-mismatch', { of: 'payload' })
  }
  if (!equal(mac, answerMac(answer, offer.pairingSecret.reveal()))) throw coreError('open/failed', {})
  return peerOf(answer, self)
}

/** @throws ChartsealError `keyring/pairing-invalid` for our own key come back */
export function peerOf(peer: PairingPeer | Answer, self: PairingSelf): PairingPeer {
  const { role, name, verifyingKey, agreementKey } = peer
  if (equal(verifyingKey, verifyingKeyOf(self.signingKey))) throw invalid('it has our own signing key')
  return { role, name, verifyingKey, agreementKey }
}
