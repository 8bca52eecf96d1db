/** Recipients and identities as bech32m texts (BIP 350): one byte for the kind of key, then the key. */
import { concat } from '@chartseal/core/bytes'
import { hpkeKeyPair, hpkePublicKey } from '@chartseal/core/hpke'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { bytesOfBech32m, formatBech32m } from '../bech32m.js'
import { recipientError } from './errors.js'
import { type HpkeName, hpkeIdentity, hpkeRecipient, type KnownRecipient, kemOf } from './hpke.js'
import type { Identity, WrapName } from './recipient.js'
import { rsaRecipientOf } from './rsa.js'

const recipientPrefix = 'csrec'
const identityPrefix = 'csid'
const kinds: readonly WrapName[] = ['x25519', 'xwing', 'rsa-oaep']
// SubjectPublicKeyInfo of an RSA key of 16,384 bits has 2,086 bytes.
const maxKeyBytes = 2_100
const maxSecretBytes = 64

/** The public key as text, `csrec1…`: for cards, messages and address books. */
export function formatRecipient({ kem, publicKey }: KnownRecipient): string {
  return formatBech32m(recipientPrefix, concat(Uint8Array.of(kinds.indexOf(kem) + 1), publicKey))
}

/**
 * Reads the one spelling that {@link formatRecipient} gives: lower case only.
 * @throws ChartsealError `recipient/bad-text`, and for RSA as `rsaOaepRecipient` does
 */
export async function parseRecipient(text: string): Promise<KnownRecipient> {
  const bytes = bytesOfBech32m(text, recipientPrefix, 1 + maxKeyBytes)
  if (bytes === null) throw badText('one or more characters are mistyped or missing')
  const [kind, key] = [kinds[(bytes[0] ?? 0) - 1], bytes.subarray(1)]
  if (kind === undefined) throw badText('it is for a kind of key that is not known here')
  if (kind === 'rsa-oaep') return sameSpelling(await rsaRecipientOf(key), text)
  if (key.length !== kemOf(kind).publicKeyBytes) throw badText('its key has another length')
  return hpkeRecipient(kind, key)
}

function sameSpelling(recipient: KnownRecipient, text: string): KnownRecipient {
  if (formatRecipient(recipient) !== text) throw badText('its key is written in another way')
  return recipient
}

const badText = (reason: string): Error => recipientError('recipient/bad-text', { reason })

/** The secret key of an HPKE identity. Whoever reads it out of a text wipes it. */
export interface IdentityKey {
  readonly kem: HpkeName
  readonly secret: SecretBytes
}

/** The secret key as text, `csid1…`: as secret as the key, never in an argument of a command. @throws ChartsealError `key/wiped` */
export function formatIdentityKey({ kem, secret }: IdentityKey): string {
  const bytes = concat(Uint8Array.of(kinds.indexOf(kem) + 1), secret.reveal())
  try {
    return formatBech32m(identityPrefix, bytes)
  } finally {
    bytes.fill(0)
  }
}

/**
 * Reads the one spelling that {@link formatIdentityKey} gives. RSA identities are PEM: `rsaOaepIdentity`.
 * @throws ChartsealError `recipient/bad-identity-text`
 */
export function parseIdentityKey(text: string): IdentityKey {
  const bytes = bytesOfBech32m(text, identityPrefix, 1 + maxSecretBytes)
  if (bytes === null) throw badIdentity('one or more characters are mistyped or missing')
  try {
    const kind = kinds[(bytes[0] ?? 0) - 1]
    if (kind === undefined || kind === 'rsa-oaep')
      throw badIdentity('it is of a kind of key that is not known here')
    if (bytes.length - 1 !== kemOf(kind).secretKeyBytes) throw badIdentity('its key has another length')
    return { kem: kind, secret: new SecretBytes(bytes.subarray(1)) }
  } finally {
    bytes.fill(0)
  }
}

const badIdentity = (reason: string): Error => recipientError('recipient/bad-identity-text', { reason })

/** The identity of a key, which stays the caller's. @throws ChartsealError `key/wiped` */
export function identityOf({ kem, secret }: IdentityKey): Identity {
  return hpkeIdentity(kem, secret)
}

/** The recipient of a key, to be given to others. @throws ChartsealError `key/wiped` */
export function recipientOf({ kem, secret }: IdentityKey): KnownRecipient {
  return hpkeRecipient(kem, hpkePublicKey(kemOf(kem), secret))
}

/** A fresh key, which the caller wipes. */
export function generateIdentityKey(kem: HpkeName, random: Random = systemRandom): IdentityKey {
  return { kem, secret: hpkeKeyPair(kemOf(kem), random).secret }
}
