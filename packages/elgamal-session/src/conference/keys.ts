/** The keys of a conference: its own, made with it and destroyed when it ends. */
import type { SigningKey } from '@chartseal/core/ed25519'
import type { SecretBytes } from '@chartseal/core/keys'

/** The Diffie-Hellman function of the handshakes. */
export type ConferenceSuite = '25519' | 'ffdhe3072'

/** 32 bytes each with 25519, 384 with ffdhe3072. */
export interface StaticKeyPair {
  readonly privateKey: SecretBytes
  readonly publicKey: Uint8Array
}

/** Of the doctor. They stay the caller's, who wipes them. */
export interface ConferenceKeys {
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  readonly staticKey: StaticKeyPair
  readonly signingKey: SigningKey
}

/** Of a patient: what the invitation said, and the device's own static key. They stay the caller's, who wipes them. */
export interface SeatKeys {
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  readonly staticKey: StaticKeyPair
  /** The doctor's, pinned. */
  readonly doctorStatic: Uint8Array
  /** The doctor's Ed25519 key, pinned: 32 bytes. */
  readonly doctorSigning: Uint8Array
  /** 32 bytes that the doctor and this patient share. */
  readonly psk: SecretBytes
}

/** A patient as the doctor enrolled them. The secret is copied. */
export interface EnrolledPatient {
  /** What the doctor's list says; no two are alike. */
  readonly name: string
  readonly staticKey: Uint8Array
  readonly psk: SecretBytes
}
