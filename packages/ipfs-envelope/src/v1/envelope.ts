import { open, seal, tagBytes } from '@chartseal/core/aead'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import type { ContentAddressing } from '../cid/addressing.js'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient } from '../recipient.js'
import { entriesFor, expectNewRecipients, unwrapFileKey, wrapFileKey } from './file-key.js'
import type { EnvelopePackage } from './package.js'

export interface SealOptions {
  /** Of the file key and the nonce; RSA draws its own padding from WebCrypto. */
  readonly random?: Random
}

/** A package, and the bytes that its CID names. */
export interface SealedEnvelope {
  readonly package: EnvelopePackage
  /** As long as the plaintext, and a tag of 16 bytes. */
  readonly ciphertext: Uint8Array
}

// The format has no additional authenticated data: cid and recipients are not bound (errata I3).
const noAad = new Uint8Array(0)

/**
 * Encrypts once under a fresh file key (AES-256-GCM) and wraps that key for each recipient. The plaintext
 * may be empty.
 *
 * Weak by design: nothing is signed, nothing is bound to the package, the key is not committed to, and
 * whoever loses an RSA key loses every file that was ever wrapped for it.
 * @throws ChartsealError `envelope/no-recipients`, `envelope/bad-recipient`, `envelope/duplicate-recipient`
 */
export function sealEnvelope(
  plaintext: Uint8Array,
  recipients: readonly Recipient[],
  addressing: ContentAddressing,
  options: SealOptions = {},
): Promise<SealedEnvelope> {
  return encryptOnce(plaintext, recipients, options, ciphertext => addressing.cidOf(ciphertext))
}

/**
 * Opens a package: the ciphertext is checked against the CID before any key is used.
 * @throws ChartsealError `envelope/unknown-recipient`, `envelope/cid-mismatch`,
 * `envelope/ciphertext-too-short`, `envelope/unsupported-cid`, `open/failed`
 */
export async function openEnvelope(
  envelope: EnvelopePackage,
  ciphertext: Uint8Array,
  identity: Identity,
  addressing: ContentAddressing,
): Promise<Uint8Array> {
  entriesFor(identity, envelope)
  const matches = await addressing.matches(envelope.cid, ciphertext)
  if (!matches) throw envelopeError('envelope/cid-mismatch', { cid: envelope.cid })
  return decryptChecked(envelope, ciphertext, identity)
}

/** Seals, and asks `publish` for the CID of the ciphertext. */
export async function encryptOnce(
  plaintext: Uint8Array,
  recipients: readonly Recipient[],
  { random = systemRandom }: SealOptions,
  publish: (ciphertext: Uint8Array) => Promise<string>,
): Promise<SealedEnvelope> {
  expectNewRecipients(recipients)
  const fileKey = AeadKey.generate(random)
  try {
    const { nonce, ciphertext } = seal(fileKey, plaintext, noAad, random)
    const encKeys = await wrapFileKey(fileKey, recipients)
    return { package: { cid: await publish(ciphertext), nonce, encKeys }, ciphertext }
  } finally {
    fileKey.wipe()
  }
}

/** Decrypts a ciphertext that was checked against the package's CID. */
export async function decryptChecked(
  envelope: EnvelopePackage,
  ciphertext: Uint8Array,
  identity: Identity,
): Promise<Uint8Array> {
  if (ciphertext.length < tagBytes) {
    throw envelopeError('envelope/ciphertext-too-short', {
      minBytes: tagBytes,
      actualBytes: ciphertext.length,
    })
  }
  const fileKey = await unwrapFileKey(identity, envelope)
  try {
    return open(fileKey, { nonce: envelope.nonce, ciphertext }, noAad)
  } finally {
    fileKey.wipe()
  }
}
