import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Everything here is public data: what was refused, and where. */
export interface NodeErrors {
  /** `floor`: the height below which this node gives nothing up. */
  'ledger/below-final': { floor: bigint }
  /** Refused before; `cause` is the code that it was refused with. */
  'ledger/refused-block': { cause: string }
  /** What the seal calls final does not stand on what was final. */
  'ledger/conflicting-finality': { height: bigint }
  'ledger/pending-full': { most: number }
  'ledger/pending-of-signer': { most: number }
  'ledger/seq-pending': { seq: bigint }
  'ledger/no-finality': Record<never, never>
  /** `depth`: blocks on top of the prescription. */
  'ledger/not-deep-enough': { expected: number; depth: number }
  /** `cause` is the code that the entry was refused with. */
  'ledger/log-entry': { entry: number; cause: string; reason: string }
  'ledger/peer-headers': { height: bigint }
  'ledger/peer-block': { height: bigint }
  'ledger/peer-diverged': { height: bigint }
}

export const nodeError: ErrorFactory<NodeErrors> = defineErrors<NodeErrors>({
  'ledger/below-final': 'The block must stand on what is final, at height {floor} or above.',
  'ledger/refused-block': 'The block was refused before: {cause}.',
  'ledger/conflicting-finality':
    'What is final must stay final; the block at height {height} is on another branch.',
  'ledger/pending-full': 'At most {most} records wait to be sealed; try again later.',
  'ledger/pending-of-signer': 'At most {most} records of one signer wait to be sealed; try again later.',
  'ledger/seq-pending': 'Another record {seq} of this signer waits to be sealed.',
  'ledger/no-finality': 'Dispensing needs a ledger that has finality, or a depth that counts in its place.',
  'ledger/not-deep-enough': 'The prescription must be {expected} blocks deep; it is {depth}.',
  'ledger/log-entry': 'Entry {entry} of the block log is refused: {reason}',
  'ledger/peer-headers': 'The headers of the peer must follow one another; that at height {height} does not.',
  'ledger/peer-block':
    'The peer must have the block of each header it gives; that at height {height} is not there.',
  'ledger/peer-diverged': 'The chain of the peer must agree with what is final here, at height {height}.',
})
