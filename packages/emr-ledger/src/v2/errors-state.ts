/** What a block, a record in its place, or the state tree is refused for. Everything here is public. */
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Of a record on the state it is applied to. */
export interface RuleErrors {
  'ledger/other-ledger': Record<never, never>
  'ledger/seq': { expected: bigint; actual: bigint }
  'ledger/unknown-prescription': Record<never, never>
  'ledger/not-open': { status: string }
  'ledger/not-the-prescriber': Record<never, never>
  /** `previous` does not name the newest change: another came first. */
  'ledger/stale-change': Record<never, never>
  'ledger/expired': { validUntil: bigint; time: bigint }
  'ledger/too-many-units': { left: number; asked: number }
  /** The secret of the slip is not shown to be there, or is not asked for. */
  'ledger/slip-proof': Record<never, never>
  /** One block changes the roster once. */
  'ledger/second-roster': Record<never, never>
}

export const ruleError: ErrorFactory<RuleErrors> = defineErrors<RuleErrors>({
  'ledger/other-ledger': 'The record belongs to another ledger.',
  'ledger/seq': 'The sequence number of the signer must be {expected}; this one is {actual}.',
  'ledger/unknown-prescription': 'The prescription is not on the ledger.',
  'ledger/not-open': 'The prescription must be ready or partly dispensed; this one is {status}.',
  'ledger/not-the-prescriber':
    'The signer must be who prescribed, or a registrar once whoever prescribed is no prescriber any more.',
  'ledger/stale-change': 'The change must name the newest change of the prescription; another came first.',
  'ledger/expired':
    'The prescription must be valid beyond {time, seconds}; it expired at {validUntil, seconds}.',
  'ledger/too-many-units': 'The units must be at most the {left} that are left; {asked} were asked for.',
  'ledger/slip-proof':
    'Dispensing must prove that the slip is there, if the prescription asks for it, and only then.',
  'ledger/second-roster': 'A block must change the roster at most once.',
})

export interface BlockErrors {
  'ledger/bad-header': { reason: 'size' | 'version' | 'difficulty' }
  'ledger/bad-block': { reason: 'encoding' | 'size' | 'header' | 'seal' | 'records' }
  /** `index` in the block, from 0; `cause`: the code that the record was refused with. */
  'ledger/bad-block-record': { index: number; cause: string; reason: string }
  /** The records are not those of the header: the sender's fault, and no verdict on the header. */
  'ledger/records-root': Record<never, never>
  'ledger/state-root': Record<never, never>
  'ledger/block-height': { expected: bigint; actual: bigint }
  'ledger/block-previous': Record<never, never>
  'ledger/block-time': { medianTime: bigint; actual: bigint }
}

export const blockError: ErrorFactory<BlockErrors> = defineErrors<BlockErrors>({
  'ledger/bad-header': 'The header cannot be read ({reason}).',
  'ledger/bad-block': 'The block cannot be read ({reason}).',
  'ledger/bad-block-record': 'Record {index} of the block is refused: {reason}',
  'ledger/records-root': 'The records must be those that the header commits to.',
  'ledger/state-root': 'The state root must be that of the state after the block.',
  'ledger/block-height': 'The height of the block must be {expected}; this one is {actual}.',
  'ledger/block-previous': 'The block must name the block before it.',
  'ledger/block-time':
    'The time of the block must be at least {medianTime, seconds}; it is {actual, seconds}.',
})

export interface TreeErrors {
  /** A node that the store does not have, or gave other bytes for. */
  'ledger/tree-node': { reason: 'missing' | 'damaged' }
  /** A leaf whose value is not what stands under such a key. */
  'ledger/bad-state': { leaf: 'prescription' | 'seq' | 'roster' }
  'ledger/bad-state-proof': Record<never, never>
}

export const treeError: ErrorFactory<TreeErrors> = defineErrors<TreeErrors>({
  'ledger/tree-node': 'A node of the state tree is {reason}.',
  'ledger/bad-state': 'The {leaf} in the state tree cannot be read.',
  'ledger/bad-state-proof': 'The state proof cannot be read.',
})

/** Whether it says something about what was given: a damaged store says nothing about a record. */
export function isRefusal(error: unknown): error is ChartsealError {
  return (
    error instanceof ChartsealError && error.code !== 'ledger/bad-state' && error.code !== 'ledger/tree-node'
  )
}
