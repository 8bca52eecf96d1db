import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What this package refuses; indexes are public, values never appear. */
export interface ShamirErrors {
  /** A threshold or a number of shares outside 2 <= threshold <= shares <= 255. */
  'shamir/bad-threshold': { threshold: number; numShares: number }
  /** A secret or share that is empty or larger than the limit. */
  'shamir/bad-size': { sizeBytes: number; maxBytes: number }
  /** A share whose index is not a whole number from 1 to 255. */
  'shamir/bad-index': { index: number }
  'shamir/duplicate-index': { index: number }
  /** The share of this index has another length than the first one. */
  'shamir/mixed-lengths': { index: number }
  'shamir/too-few-shares': { have: number; need: number }
  /** These shares do not lie on the polynomial of the first `threshold` ones; any of all may be wrong. */
  'shamir/inconsistent-shares': { indexes: readonly number[] }
}

export const shamirError: ErrorFactory<ShamirErrors> = defineErrors<ShamirErrors>({
  'shamir/bad-threshold':
    'A threshold of {threshold} and {numShares} shares is not 2 <= threshold <= shares <= 255.',
  'shamir/bad-size': 'A secret or share has 1 to {maxBytes} bytes, not {sizeBytes}.',
  'shamir/bad-index': 'The index of a share is a whole number from 1 to 255, not {index}.',
  'shamir/duplicate-index': 'More than one share has the index {index}.',
  'shamir/mixed-lengths': 'Share {index} has another length than the first one.',
  'shamir/too-few-shares': '{need} shares are needed, {have} are here.',
  'shamir/inconsistent-shares': 'The shares do not belong together: {indexes} disagree with the others.',
})
