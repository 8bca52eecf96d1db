import { requireFunction } from '@chartseal/core/arguments'
import type { BlobStore } from '@chartseal/core/ports'
import { parseCid } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import { joined } from '../memory-store.js'
import type { Identity, Recipient } from '../recipient.js'
import { decryptChecked, type EncryptedRecord, encryptOnce, type SealOptions } from './envelope.js'
import { requirePackage } from './fields.js'
import { entriesFor, expectNewRecipients, unwrapFileKey, wrapFileKey } from './file-key.js'
import type { EnvelopePackage } from './package.js'

/**
 * Encrypts once, stores the ciphertext, and wraps the file key for each recipient.
 * @throws ChartsealError as {@link sealEnvelope}
 */
export async function putEnvelope(
  store: BlobStore,
  plaintext: Uint8Array,
  recipients: readonly Recipient[],
  options: SealOptions = {},
): Promise<EnvelopePackage> {
  return stored(store, await encryptOnce(plaintext, recipients, options))
}

/** The package of a stored ciphertext. */
async function stored(store: BlobStore, record: EncryptedRecord): Promise<EnvelopePackage> {
  const { nonce, encKeys, ciphertext } = record
  return { cid: parseCid(await store.put(ciphertext)).toString(), nonce, encKeys }
}

/**
 * Reads the blob, which the store checks block by block, and opens it.
 * @throws ChartsealError `envelope/unknown-recipient`, `envelope/blob-not-found`, `envelope/cid-mismatch`,
 * `envelope/ciphertext-too-short`, `open/failed`, and what else the store gives
 */
export async function getEnvelope(
  store: BlobStore,
  envelope: EnvelopePackage,
  identity: Identity,
): Promise<Uint8Array> {
  requirePackage(envelope)
  const entries = entriesFor(identity, envelope)
  return decryptChecked(envelope.nonce, await joined(store.get(envelope.cid)), identity, entries)
}

/**
 * Gives more recipients the same file key; cid and nonce stay. Needs an identity that can unwrap.
 * @throws ChartsealError `envelope/no-recipients`, `envelope/bad-recipient`,
 * `envelope/duplicate-recipient`, `envelope/unknown-recipient`, `open/failed`
 */
export async function grantAccess(
  envelope: EnvelopePackage,
  identity: Identity,
  recipients: readonly Recipient[],
): Promise<EnvelopePackage> {
  requirePackage(envelope)
  expectNewRecipients(
    recipients,
    envelope.encKeys.map(key => key.recipientId),
  )
  const fileKey = await unwrapFileKey(identity, entriesFor(identity, envelope))
  try {
    return { ...envelope, encKeys: [...envelope.encKeys, ...(await wrapFileKey(fileKey, recipients))] }
  } finally {
    fileKey.wipe()
  }
}

export interface Revocation extends SealOptions {
  readonly store: BlobStore
  readonly package: EnvelopePackage
  /** Opens the old package. */
  readonly identity: Identity
  /** Who keeps access: some or all of the package's recipients; everybody else loses it. */
  readonly keep: readonly Recipient[]
  /** Makes the new package durable; the old blob is deleted only when this has resolved. */
  save(fresh: EnvelopePackage): Promise<void>
}

/**
 * Encrypts again under a new key, nonce and CID for those who keep access, then deletes the old blob from
 * this store. The plaintext is wiped before the new blob is stored.
 *
 * What no revocation can do: take back a plaintext or a file key that somebody already has, or the old
 * ciphertext from other IPFS nodes, caches and backups. Other copies of the old package become useless.
 * @throws ChartsealError `envelope/unknown-recipient` for a kept id that the package does not have, and as
 * {@link getEnvelope} and {@link sealEnvelope}
 */
export async function revokeAccess(revocation: Revocation): Promise<EnvelopePackage> {
  const { store, package: old, save } = revocation
  expectKept(revocation)
  const fresh = await stored(store, await encryptedAgain(revocation))
  try {
    await save(fresh)
  } catch (error) {
    // Without its package the new blob can never be opened. The reason to report is that of `save`.
    await store.delete(fresh.cid).catch(() => undefined)
    throw error
  }
  await store.delete(old.cid)
  return fresh
}

function expectKept({ package: old, keep, save }: Revocation): void {
  requirePackage(old)
  requireFunction('save', save)
  expectNewRecipients(keep)
  const known = new Set(old.encKeys.map(key => key.recipientId))
  const stranger = keep.find(({ id }) => !known.has(id))
  if (stranger !== undefined) throw envelopeError('envelope/unknown-recipient', { recipientId: stranger.id })
}

/** On its own, so that the old ciphertext and the plaintext are free before the new blob is stored. */
async function encryptedAgain(revocation: Revocation): Promise<EncryptedRecord> {
  const { store, package: old, identity, keep } = revocation
  const plaintext = await getEnvelope(store, old, identity)
  try {
    return await encryptOnce(plaintext, keep, revocation)
  } finally {
    plaintext.fill(0)
  }
}
