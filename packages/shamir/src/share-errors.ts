import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What share envelopes, drills and refreshes are refused with, beside {@link ShamirErrors}. */
export interface ShareErrors {
  /** Bytes or text that are not a share envelope, or fields that cannot be. */
  'shamir/invalid-share': { reason: string }
  /** The share is too large for the text form; its bytes are not. */
  'shamir/too-long-for-text': { sizeBytes: number; maxBytes: number }
  /** The share does not match its own commitment, or the commitment its root: it was changed. */
  'shamir/damaged-share': { index: number }
  /** The share is sound in itself and belongs to another set than the root that is known. */
  'shamir/unknown-root': { index: number }
  /** These were left out, and the rest is not enough. */
  'shamir/damaged-shares': { indexes: readonly number[]; have: number; need: number }
  /** Shares of several sets, of which none is complete. */
  'shamir/mixed-sets': { setIds: readonly string[]; have: number; need: number }
  /** Several sets are complete; which one is meant must be said with a root. */
  'shamir/ambiguous-sets': { setIds: readonly string[] }
  /** Every share is what the dealer committed to, and together they are no secret. */
  'shamir/faulty-dealer': { setId: string }
  /** The answer to a drill does not prove that this share is still there. */
  'shamir/bad-drill': { index: number }
  /** A message of a refresh that does not fit the share or the refresh it came to. */
  'shamir/wrong-refresh': { index: number; reason: string }
  /** The old shares must be kept: these did not confirm, or no recovery was tried. */
  'shamir/refresh-incomplete': { missing: readonly number[]; rehearsed: boolean }
  /** Bytes that are not the message of a drill or a refresh that was expected, or fields that cannot be. */
  'shamir/invalid-message': { kind: string; reason: string }
  /** Not a share of Vault or privy. */
  'shamir/bad-layout': { reason: string }
}

export const shareError: ErrorFactory<ShareErrors> = defineErrors<ShareErrors>({
  'shamir/invalid-share': 'Not a share: {reason}.',
  'shamir/too-long-for-text': 'A share of {sizeBytes} bytes has no text form; at most {maxBytes} have.',
  'shamir/damaged-share': 'Share {index} was changed.',
  'shamir/unknown-root': 'Share {index} belongs to another set.',
  'shamir/damaged-shares': 'Shares {indexes} were changed; {need} sound ones are needed, {have} are here.',
  'shamir/mixed-sets': 'The shares belong to the sets {setIds}; {need} of one are needed, {have} are here.',
  'shamir/ambiguous-sets': 'The sets {setIds} are all complete; name the root of the one that is meant.',
  'shamir/faulty-dealer': 'The shares of set {setId} are genuine and fit no secret: the dealer made them so.',
  'shamir/bad-drill': 'The answer does not prove that share {index} is there.',
  'shamir/wrong-refresh': 'This message does not refresh share {index}: {reason}.',
  'shamir/refresh-incomplete': 'Keep the old shares. Not confirmed: {missing}. Recovery tried: {rehearsed}.',
  'shamir/invalid-message': 'Not a message of the kind {kind}: {reason}.',
  'shamir/bad-layout': 'Not a share in this layout: {reason}.',
})
