/** What makes a block final for somebody without a chain, by the seal rule of the ledger. */
import { lightError } from '../errors-light.js'
import type { ReadHeader } from '../header.js'
import type { Finality } from '../seal.js'
import { checkFinality, type FinalityTrust } from '../seals/finality.js'
import type { Anchor } from './anchor.js'
import { checkPowEvidence } from './pow-evidence.js'

export interface EvidenceVerdict {
  readonly header: ReadHeader
  readonly finality: Finality
  /** For the evidence that comes after it. */
  readonly trust: FinalityTrust
  /** Seconds: when witnesses had seen it; `null` where nobody says. */
  readonly seenBy: bigint | null
}

/** @throws ChartsealError `ledger/bundle`, `ledger/finality`, `ledger/seal-votes`, `ledger/seal-header`, `ledger/seal-work` */
export function checkEvidence(anchor: Anchor, trust: FinalityTrust, evidence: Uint8Array): EvidenceVerdict {
  const { genesis, block0 } = anchor
  const { seal } = genesis
  if (evidence.length === 0) {
    // Block 0 is what the genesis says, and final of itself: for one who knows nothing above it.
    if (trust.height > 0n) throw lightError('ledger/bundle-behind', { height: 0n, known: trust.height })
    return { header: block0, finality: { kind: 'final' }, trust, seenBy: null }
  }
  if (seal.kind !== 'pow') return { ...checkFinality(anchor, trust, evidence), finality: { kind: 'final' } }
  return { ...checkPowEvidence(genesis, seal, block0, evidence), trust, seenBy: null }
}
