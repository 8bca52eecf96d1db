/** What a seal, a vote or evidence of finality is refused for. Everything here is public. */
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

export interface SealErrors {
  'ledger/seal-encoding': { reason: string }
  /** A field of the header that is not what the seal rule makes of it. */
  'ledger/seal-header': { field: string }
  'ledger/seal-signature': Record<never, never>
  /** Votes that are not of sealers, do not verify, or are too few. */
  'ledger/seal-votes': { reason: 'not-a-sealer' | 'signature' | 'quorum' }
  /** The id is above the target. */
  'ledger/seal-work': Record<never, never>
  /** By the clock of whoever asks; later it may be right. */
  'ledger/early': { aheadSeconds: bigint }
  /** The leader sealed others of it, and nobody is known to have voted for this one. */
  'ledger/slot-full': { slot: bigint }
  /** The clock of whoever would seal differs from those of others; negative where it is behind. */
  'ledger/clock': { aheadSeconds: bigint }
  /** No quorum of witnesses said lately what time it is. */
  'ledger/no-witness-time': Record<never, never>
  /** A message to a keeper that no honest node hands round. */
  'ledger/message': { reason: string }
  /** This node sealed a block of this slot before. */
  'ledger/sealed-already': { slot: bigint }
  /** No member is a sealer at the first height. */
  'ledger/no-sealers': Record<never, never>
  'ledger/finality': { reason: string }
  'ledger/seal-memory': { reason: string }
}

export const sealError: ErrorFactory<SealErrors> = defineErrors<SealErrors>({
  'ledger/seal-encoding': 'The seal cannot be read: {reason}',
  'ledger/seal-header': 'The {field} of the header must be what the seal asks for.',
  'ledger/seal-signature': 'The seal must be signed by the sealer of the header.',
  'ledger/seal-votes': 'The votes for the block before must be those of a quorum ({reason}).',
  'ledger/seal-work': 'The id of the block must not be above the target of its difficulty.',
  'ledger/early': 'The block is {aheadSeconds} seconds ahead of the time here.',
  'ledger/slot-full':
    'The leader of slot {slot} has sealed other blocks of it, and no vote is known for this one.',
  'ledger/clock':
    'The clock here is {aheadSeconds} seconds ahead of the others, and nothing is sealed by it: set it right.',
  'ledger/no-witness-time':
    'Nothing is sealed until a quorum of witnesses has said what time it is: they must answer.',
  'ledger/message': 'The message is refused: {reason}.',
  'ledger/sealed-already': 'This node sealed a block of slot {slot} before.',
  'ledger/no-sealers': 'The genesis must have a sealer for the first block.',
  'ledger/finality': 'The evidence does not show that the block is final: {reason}.',
  'ledger/seal-memory': 'What was stored of the seal cannot be read: {reason}',
})
