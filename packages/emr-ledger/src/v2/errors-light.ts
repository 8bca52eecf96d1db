import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Why a light client does not believe a bundle. Everything here is public. */
export interface LightErrors {
  'ledger/anchor': { reason: string }
  'ledger/bundle': { reason: string }
  /** The bundle is older than what this client knows already. */
  'ledger/bundle-behind': { height: bigint; known: bigint }
  /** Too much has changed since the anchor of whoever asks. */
  'ledger/bundle-too-large': { most: number; what: string }
  'ledger/bundle-future': { aheadSeconds: bigint }
  /** Two final blocks of one height: whoever seals signed two histories. */
  'ledger/other-history': { height: bigint }
  /** `what`: roster, prescription or signer. */
  'ledger/state-proof': { what: string }
  'ledger/record-proof': Record<never, never>
  /** The changes that were sent do not add up to the state. */
  'ledger/bundle-changes': { reason: string }
}

export const lightError: ErrorFactory<LightErrors> = defineErrors<LightErrors>({
  'ledger/anchor': 'The anchor cannot be read: {reason}',
  'ledger/bundle': 'The proof cannot be read: {reason}',
  'ledger/bundle-behind':
    'The proof must not be older than what was proven before: it is of height {height}, and {known} is known.',
  'ledger/bundle-too-large':
    'The proof must have at most {most} {what}: ask with a newer anchor, or pair again with somebody whom you trust.',
  'ledger/bundle-future': 'The proof must not be of the future: it is {aheadSeconds} seconds ahead.',
  'ledger/other-history':
    'The block of height {height} must be the one that was proven before: whoever seals this ledger signed two histories.',
  'ledger/state-proof': 'The {what} must be proven by the state of the block.',
  'ledger/record-proof': 'The record must be proven to stand in its block.',
  'ledger/bundle-changes': 'The changes must lead to the state: {reason}.',
})
