/** What makes a header final for somebody without a chain, by the seal rule of the ledger. */
import { equal } from '@chartseal/core/bytes'
import { lightError } from '../errors-light.js'
import type { ReadHeader } from '../header.js'
import type { Finality } from '../seal.js'
import { type Anchor, anchorOf } from './anchor.js'

export interface EvidenceVerdict {
  readonly finality: Finality
  /** Seconds: when witnesses last saw it; 0 where nobody says. */
  readonly seenAt: bigint
}

/** @throws ChartsealError `ledger/bundle`, `ledger/seal…` */
export function checkEvidence(anchor: Anchor, header: ReadHeader, evidence: Uint8Array): EvidenceVerdict {
  if (header.height === 0n) return checkFirst(anchor, header, evidence)
  throw lightError('ledger/bundle', { reason: 'its seal has no evidence' })
}

/** Block 0 is what the genesis says, and final of itself. */
function checkFirst({ genesisBytes }: Anchor, { id }: ReadHeader, evidence: Uint8Array): EvidenceVerdict {
  if (evidence.length > 0 || !equal(id, anchorOf(genesisBytes).id))
    throw lightError('ledger/bundle', { reason: 'its block 0 is not that of the genesis' })
  return { finality: { kind: 'final' }, seenAt: 0n }
}
