/** What the one secret of an officer is good for: it opens what is sealed for the officer, and signs what the officer says. */
import { concat } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hkdfSha256 } from '@chartseal/core/hkdf'
import { hpkePublicKey, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import { ed25519Signer, type NoteVerifier, parseVerifierKey, signNote } from '@chartseal/tlog'
import { verifierKeyOf } from '@chartseal/tlog/threshold'

/** The two public keys of an officer, one behind the other: X25519, then Ed25519. */
export const officerKeyBytes = 64
const half = officerKeyBytes / 2

/** 64 bytes. @throws ChartsealError `key/wiped` */
export function officerKeyOf(secret: SecretBytes): Uint8Array {
  using key = signingKeyOf(secret)
  return concat(hpkePublicKey(x25519Kem, secret), verifyingKeyOf(key))
}

/** The half that things are sealed for. */
export const sealingHalf = (key: Uint8Array): Uint8Array => key.slice(0, half)

/** The half that judges what somebody of this name says. @throws ChartsealError `note/…` for what is no key */
export function officerVerifier(name: string, key: Uint8Array): NoteVerifier {
  return parseVerifierKey(verifierKeyOf(name, key.slice(half)))
}

/** A note, signed by the officer. @throws ChartsealError `key/wiped` */
export function signAs(name: string, secret: SecretBytes, text: string): string {
  using key = signingKeyOf(secret)
  return signNote(text, [ed25519Signer(name, key)])
}

function signingKeyOf(secret: SecretBytes): SigningKey {
  const seed = hkdfSha256(secret.reveal(), new Uint8Array(), encodeUtf8('chartseal/log-officer/v1'))
  try {
    return new SigningKey(seed)
  } finally {
    seed.fill(0)
  }
}
