import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient, WrappedKey } from '../recipient.js'
import type { EnvelopePackage } from './package.js'

/**
 * The entries an identity may use: the one of its name, or every one when it has no name.
 * @throws ChartsealError `envelope/unknown-recipient` when the package does not know the name
 */
export function entriesFor(identity: Identity, { encKeys }: EnvelopePackage): readonly WrappedKey[] {
  const { recipientId } = identity
  if (recipientId === null) return encKeys
  const named = encKeys.filter(key => key.recipientId === recipientId)
  if (named.length === 0) throw envelopeError('envelope/unknown-recipient', { recipientId })
  return named
}

/** The file key, which the caller wipes. @throws ChartsealError `envelope/unknown-recipient`, `open/failed` */
export async function unwrapFileKey(identity: Identity, envelope: EnvelopePackage): Promise<AeadKey> {
  const fileKey = await identity.unwrap(entriesFor(identity, envelope))
  if (fileKey === null) throw coreError('open/failed', {})
  return fileKey
}

/** Wraps for each recipient, in their order. */
export function wrapFileKey(
  fileKey: AeadKey,
  recipients: readonly Recipient[],
): Promise<readonly WrappedKey[]> {
  return Promise.all(
    recipients.map(async recipient => ({
      recipientId: recipient.id,
      wrapped: await recipient.wrap(fileKey),
    })),
  )
}

/**
 * New recipients are named, and each name is used once, in `taken` too.
 * @throws ChartsealError `envelope/no-recipients`, `envelope/bad-recipient`, `envelope/duplicate-recipient`
 */
export function expectNewRecipients(recipients: readonly Recipient[], taken: readonly string[] = []): void {
  if (recipients.length === 0) throw envelopeError('envelope/no-recipients', {})
  const names = new Set(taken)
  for (const { id } of recipients) {
    if (id === '') throw envelopeError('envelope/bad-recipient', { reason: 'empty' })
    if (!id.isWellFormed()) {
      throw envelopeError('envelope/bad-recipient', { reason: 'not well-formed Unicode' })
    }
    if (names.has(id)) throw envelopeError('envelope/duplicate-recipient', { recipientId: id })
    names.add(id)
  }
}
