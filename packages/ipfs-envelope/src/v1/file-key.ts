import { requireBytes, requireFunction, requireList, requireText } from '@chartseal/core/arguments'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient, WrappedKey } from '../recipient.js'
import { type EnvelopePackage, expectReadableName } from './package.js'

/**
 * The entries an identity may use: the one of its name, or every one when it has no name.
 * @throws ChartsealError `envelope/unknown-recipient` when the package does not have the name
 */
export function entriesFor(identity: Identity, { encKeys }: EnvelopePackage): readonly WrappedKey[] {
  const { recipientId } = identity
  if (recipientId === null) return encKeys
  const named = encKeys.filter(key => key.recipientId === recipientId)
  if (named.length === 0) throw envelopeError('envelope/unknown-recipient', { recipientId })
  return named
}

/** The file key of entries from `entriesFor`; the caller wipes it. @throws ChartsealError `open/failed` */
export async function unwrapFileKey(identity: Identity, entries: readonly WrappedKey[]): Promise<AeadKey> {
  const fileKey = await identity.unwrap(entries)
  if (fileKey === null) throw coreError('open/failed', {})
  return fileKey
}

/** Wraps for each recipient, in their order. */
export function wrapFileKey(
  fileKey: AeadKey,
  recipients: readonly Recipient[],
): Promise<readonly WrappedKey[]> {
  return Promise.all(recipients.map(recipient => wrapOne(fileKey, recipient)))
}

async function wrapOne(fileKey: AeadKey, recipient: Recipient): Promise<WrappedKey> {
  const wrapped = await recipient.wrap(fileKey)
  requireBytes('wrapped', wrapped)
  return { recipientId: recipient.id, wrapped }
}

/**
 * New recipients are named, and each name is used once, in `taken` too.
 * @throws ChartsealError `envelope/no-recipients`, `envelope/bad-recipient`, `envelope/duplicate-recipient`,
 * `json/invalid` for a name that is one character that JSON escapes
 * @throws TypeError for a field of another type
 */
export function expectNewRecipients(recipients: readonly Recipient[], taken: readonly string[] = []): void {
  requireList('recipients', recipients)
  if (recipients.length === 0) throw envelopeError('envelope/no-recipients', {})
  const names = new Set(taken)
  for (const { id, wrap } of recipients) {
    requireText('id', id)
    requireFunction('wrap', wrap)
    expectName(id)
    if (names.has(id)) throw envelopeError('envelope/duplicate-recipient', { recipientId: id })
    names.add(id)
  }
}

/** What no reader could read back is refused before anything is encrypted under it. */
function expectName(id: string): void {
  if (id === '') throw envelopeError('envelope/bad-recipient', { reason: 'empty' })
  if (!id.isWellFormed()) throw envelopeError('envelope/bad-recipient', { reason: 'not well-formed Unicode' })
  expectReadableName(id)
}
