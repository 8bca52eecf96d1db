import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses; indexes and set ids are public, values never appear. */
export interface ShamirErrors {
  /** A threshold or a number of shares outside 2 <= threshold <= shares <= 255. */
  'shamir/bad-threshold': { threshold: number; numShares: number }
  /** A secret or share that is empty or larger than the limit. */
  'shamir/bad-size': { sizeBytes: number; maxBytes: number }
  /** A share whose index is not a whole number from 1 to 255, or above the number of shares. */
  'shamir/bad-index': { index: number }
  /** In version 1, which cannot distinguish a copy from another share. */
  'shamir/duplicate-index': { index: number }
  /** The share with this index has another length than the first one. */
  'shamir/mixed-lengths': { index: number }
  'shamir/too-few-shares': { have: number; need: number }
  /** These shares are not on the polynomial of the first `threshold` ones; any of all may be wrong. */
  'shamir/inconsistent-shares': { indexes: readonly number[] }
  /** Bytes or text that are not a share envelope, or fields that cannot be. */
  'shamir/invalid-share': { reason: string }
  /** The share is too large for the text form; its bytes are not. */
  'shamir/too-long-for-text': { sizeBytes: number; maxBytes: number }
  /** The shares that were made do not give the secret back; none was handed out. */
  'shamir/split-failed': Record<never, never>
  /** The share does not match its own commitment, or the commitment its root: it was changed. */
  'shamir/damaged-share': { index: number }
  /** The share is sound in itself and belongs to another set than the root that is known. */
  'shamir/unknown-root': { index: number }
  /** These were left out, and the rest is not enough. */
  'shamir/damaged-shares': { indexes: readonly number[]; have: number; need: number }
  /** Sound shares of several sets, or files of version 1 that name several: which one is meant only the caller knows. */
  'shamir/mixed-sets': { setIds: readonly string[] }
  /** Several sets are complete; which one is meant only a root says. */
  'shamir/ambiguous-sets': { setIds: readonly string[] }
  /** Every share is what the dealer committed to, and together they give no secret. */
  'shamir/faulty-dealer': { setId: string }
  /** The answer to a drill is not an answer to this challenge with this share. */
  'shamir/bad-drill': { index: number }
  /** These answered a drill with something else than the share that the shares of a recovery say they have. */
  'shamir/false-drill': { indexes: readonly number[] }
  /** A message of a refresh that does not fit the share or the refresh it came to. */
  'shamir/wrong-refresh': { index: number; reason: string }
  /** The old shares must be kept: these did not confirm, or no recovery was tried. */
  'shamir/refresh-incomplete': { missing: readonly number[]; rehearsed: boolean }
  /** Bytes that are not the message of a drill or a refresh that was expected, or fields that cannot be. */
  'shamir/invalid-message': { kind: string; reason: string }
  /** Not a share of Vault or privy. */
  'shamir/bad-layout': { reason: string }
}

export const shamirError: ErrorFactory<ShamirErrors> = defineErrors<ShamirErrors>({
  'shamir/bad-threshold':
    'The threshold must be from 2 to the number of shares, and there are at most 255 shares: got {threshold} of {numShares}.',
  'shamir/bad-size': 'A secret or share must have 1 to {maxBytes} bytes; this one has {sizeBytes}.',
  'shamir/bad-index':
    'The index of a share must be a whole number from 1 to 255 and at most the number of shares: got {index}.',
  'shamir/duplicate-index': 'More than one share has the index {index}.',
  'shamir/mixed-lengths': 'Share {index} has another length than the first one.',
  'shamir/too-few-shares': '{need} shares are needed, {have} are here.',
  'shamir/inconsistent-shares': 'The shares do not belong together: {indexes} disagree with the others.',
  'shamir/invalid-share': 'Not a share: {reason}.',
  'shamir/too-long-for-text':
    'The text form is for shares of up to {maxBytes} bytes; this one has {sizeBytes}.',
  'shamir/split-failed': 'The shares that were made do not give the secret back, so none was handed out.',
  'shamir/damaged-share': 'Share {index} was changed.',
  'shamir/unknown-root': 'Share {index} belongs to another set than the one that was named.',
  'shamir/damaged-shares': 'Shares {indexes} were changed; {need} sound ones are needed, {have} are here.',
  'shamir/mixed-sets':
    'The shares belong to the sets {setIds}. Leave out the foreign ones, or name the root of the set you mean.',
  'shamir/ambiguous-sets': 'The sets {setIds} are all complete. Name the root of the set you mean.',
  'shamir/faulty-dealer':
    'The shares of set {setId} are genuine but give no secret: they were dealt wrongly.',
  'shamir/bad-drill': 'The answer for share {index} does not fit the challenge and the set.',
  'shamir/false-drill':
    'The answers for the shares {indexes} were not given with the shares that belong to the others.',
  'shamir/wrong-refresh': 'This message does not refresh share {index}: {reason}.',
  'shamir/refresh-incomplete': 'Keep the old shares. Not confirmed: {missing}. Recovery tried: {rehearsed}.',
  'shamir/invalid-message': 'Not a message of the kind {kind}: {reason}.',
  'shamir/bad-layout': 'Not a share in this layout: {reason}.',
})
