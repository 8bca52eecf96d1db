/** The side that reads the QR. */
import { equal } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Epoch } from './epoch.js'
import { keyringError } from './errors.js'
import { type PairingSelf, peerOf, publicSide } from './pairing-offer.js'
import { encodeAnswer, type PairingPeer, parsePairingUri, readPayload } from './pairing-payload.js'
import { deriveSecrets, type PairingToConfirm } from './pairing-secrets.js'

const nonceBytes = 32

/** An answer that was made; waits for nonce A. */
export interface Acceptance {
  readonly stage: 'waiting'
  /** To be sent to the side that shows the QR. */
  readonly answer: Uint8Array
  readonly payload: Uint8Array
  readonly pairingSecret: SecretBytes
  readonly nonceHash: Uint8Array
  readonly peer: PairingPeer
  readonly firstEpoch: Epoch
}

/**
 * Answers a QR.
 * @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-expired`, `key/wiped`
 */
export function acceptPairing(
  uri: string,
  self: PairingSelf,
  nowMs: number,
  random: Random = systemRandom,
): Acceptance {
  const payload = parsePairingUri(uri)
  const { pairingSecret, nonceHash, firstEpoch, notAfterMs, ...offering } = readPayload(payload)
  if (nowMs > notAfterMs) throw keyringError('keyring/pairing-expired', {})
  const peer = peerOf(offering, self)
  const own = { ...publicSide(self), nonce: random.bytes(nonceBytes), payloadHash: sha256(payload) }
  const answer = encodeAnswer(own, pairingSecret)
  const secret = new SecretBytes(pairingSecret)
  pairingSecret.fill(0)
  return { stage: 'waiting', answer, payload, pairingSecret: secret, nonceHash, peer, firstEpoch }
}

/**
 * Takes nonce A, and wipes the pairing secret when it is the right one.
 * @throws ChartsealError `keyring/pairing-mismatch` for another nonce than the QR committed to,
 * `key/small-order` for an agreement key that agrees on nothing, `key/wiped` when it was taken before
 */
export function receiveReveal(
  acceptance: Acceptance,
  nonceA: Uint8Array,
  self: PairingSelf,
): PairingToConfirm {
  const { answer, payload, pairingSecret, nonceHash, peer, firstEpoch } = acceptance
  if (nonceA.length !== nonceBytes || !equal(sha256(nonceA), nonceHash)) {
    throw keyringError('keyring/pairing-mismatch', { of: 'nonce' })
  }
  const messages = [payload, answer, nonceA] as const
  const toConfirm = deriveSecrets(messages, pairingSecret, self.agreementKey, peer, firstEpoch)
  pairingSecret.wipe()
  payload.fill(0)
  return toConfirm
}
