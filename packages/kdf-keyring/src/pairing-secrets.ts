import { concat, toBigIntBE } from '@chartseal/core/bytes'
import { SecretBytes } from '@chartseal/core/keys'
import { type AgreementKey, agree } from '@chartseal/core/x25519'
import { sha256 } from '@noble/hashes/sha2.js'
import { hkdf32, secretOf } from './chain.js'
import type { Epoch } from './epoch.js'
import type { PairingPeer } from './pairing-payload.js'

const digits = 8

/** Both sides have everything and wait for two people to compare eight digits. */
export interface PairingToConfirm {
  readonly stage: 'to-confirm'
  /** Eight digits, shown on both screens. */
  readonly shortCode: string
  readonly peer: PairingPeer
  readonly firstEpoch: Epoch
  readonly root: SecretBytes
  readonly sessionKey: SecretBytes
}

/** The digits were equal. The caller wipes the secrets. */
export interface Paired {
  readonly peer: PairingPeer
  readonly firstEpoch: Epoch
  /** For `createRing`. */
  readonly root: SecretBytes
  /** The pre-shared key of a live session between the two. */
  readonly sessionKey: SecretBytes
}

/** Called when a person has seen the same digits on both screens. Copies the secrets: wipe the state afterwards. */
export function confirmPairing(state: PairingToConfirm): Paired {
  const { peer, firstEpoch, root, sessionKey } = state
  return {
    peer,
    firstEpoch,
    root: new SecretBytes(root.reveal()),
    sessionKey: new SecretBytes(sessionKey.reveal()),
  }
}

/** Wipes what the state holds: after confirming, and when the digits differ. */
export function wipePairing(state: PairingToConfirm): void {
  state.root.wipe()
  state.sessionKey.wipe()
}

/** SHA-256 of the three messages: payload A and answer B delimit themselves, nonce A has 32 bytes. */
export function transcriptOf(payload: Uint8Array, answer: Uint8Array, nonceA: Uint8Array): Uint8Array {
  return sha256(concat(payload, answer, nonceA))
}

/** The secrets of one side before they are derived. */
export interface Exchange {
  readonly transcript: Uint8Array
  readonly pairingSecret: SecretBytes
  /** Made for this pairing alone, on both sides: nothing that outlives it enters here. */
  readonly ephemeral: AgreementKey
  readonly theirEphemeral: Uint8Array
}

/** What both sides derive. @throws ChartsealError `key/small-order`, `key/wiped` */
export function deriveSecrets(exchange: Exchange, peer: PairingPeer, firstEpoch: Epoch): PairingToConfirm {
  const { transcript, pairingSecret, ephemeral, theirEphemeral } = exchange
  using shared = agree(ephemeral, theirEphemeral)
  const ikm = concat(pairingSecret.reveal(), shared.reveal())
  try {
    const root = secretOf(hkdf32(ikm, 'chartseal/ring-root/v3', [], transcript))
    const sessionKey = secretOf(hkdf32(ikm, 'chartseal/noise-psk/v3', [], transcript))
    return { stage: 'to-confirm', shortCode: shortCode(transcript), peer, firstEpoch, root, sessionKey }
  } finally {
    ikm.fill(0)
  }
}

// The bias of 2^256 modulo 10^8 is far below anything that can be seen.
function shortCode(transcript: Uint8Array): string {
  const number = toBigIntBE(hkdf32(transcript, 'chartseal/sas/v3')) % 10n ** BigInt(digits)
  return number.toString().padStart(digits, '0')
}
