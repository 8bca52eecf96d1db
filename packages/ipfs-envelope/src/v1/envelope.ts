import { open, seal, tagBytes } from '@chartseal/core/aead'
import { requireBytes, requireFunction } from '@chartseal/core/arguments'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import type { ContentAddressing } from '../cid/addressing.js'
import { parseCid, rawCodec } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient, WrappedKey } from '../recipient.js'
import { requirePackage } from './fields.js'
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
 * losing an RSA key means losing every file that was ever wrapped for it.
 * @throws ChartsealError `envelope/no-recipients`, `envelope/bad-recipient`, `envelope/duplicate-recipient`
 * @throws TypeError for a field of another type
 */
export async function sealEnvelope(
  plaintext: Uint8Array,
  recipients: readonly Recipient[],
  addressing: ContentAddressing,
  options: SealOptions = {},
): Promise<SealedEnvelope> {
  requireFunction('addressing.cidOf', addressing?.cidOf)
  const { ciphertext, ...keys } = await encryptOnce(plaintext, recipients, options)
  return { package: { cid: await addressing.cidOf(ciphertext), ...keys }, ciphertext }
}

/**
 * Opens a package: the ciphertext is checked against the CID before any key is used.
 * @throws ChartsealError `envelope/unknown-recipient`, `envelope/cid-mismatch`,
 * `envelope/ciphertext-too-short`, `envelope/unsupported-cid`, `open/failed`
 * @throws TypeError for a field of another type
 */
export async function openEnvelope(
  envelope: EnvelopePackage,
  ciphertext: Uint8Array,
  identity: Identity,
  addressing: ContentAddressing,
): Promise<Uint8Array> {
  requirePackage(envelope)
  requireBytes('ciphertext', ciphertext)
  const { cid } = envelope
  const entries = entriesFor(identity, envelope)
  const matches = await addressing.matches(cid, ciphertext)
  if (!matches) throw envelopeError('envelope/cid-mismatch', { cid, reason: otherCause(cid) })
  return decryptChecked(envelope.nonce, ciphertext, identity, entries)
}

// A raw CID has one reading; how a file was cut into dag-pb blocks is not in its CID (docs/spec/envelope-v1.md).
function otherCause(cid: string): string {
  if (parseCid(cid).code === rawCodec) return ''
  return ', or the CID was made under settings that are not tried here: read it from a block store'
}

/** What is known of an envelope before its ciphertext has an address. */
export interface EncryptedRecord extends Omit<EnvelopePackage, 'cid'> {
  readonly ciphertext: Uint8Array
}

/** Encrypts and wraps; where the ciphertext goes, and so its CID, is the caller's. */
export async function encryptOnce(
  plaintext: Uint8Array,
  recipients: readonly Recipient[],
  { random = systemRandom }: SealOptions,
): Promise<EncryptedRecord> {
  requireBytes('plaintext', plaintext)
  expectNewRecipients(recipients)
  const fileKey = AeadKey.generate(random)
  try {
    const { nonce, ciphertext } = seal(fileKey, plaintext, noAad, random)
    return { nonce, encKeys: await wrapFileKey(fileKey, recipients), ciphertext }
  } finally {
    fileKey.wipe()
  }
}

/**
 * Decrypts a ciphertext that was checked against the package's CID.
 * @param entries from `entriesFor`
 */
export async function decryptChecked(
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  identity: Identity,
  entries: readonly WrappedKey[],
): Promise<Uint8Array> {
  if (ciphertext.length < tagBytes) {
    throw envelopeError('envelope/ciphertext-too-short', {
      minBytes: tagBytes,
      actualBytes: ciphertext.length,
    })
  }
  const fileKey = await unwrapFileKey(identity, entries)
  try {
    return open(fileKey, { nonce, ciphertext }, noAad)
  } finally {
    fileKey.wipe()
  }
}
