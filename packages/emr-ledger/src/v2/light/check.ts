/** Checks a bundle from an anchor on, without a chain: docs/spec/ledger-v2.md, "Light client". */
import { equal } from '@chartseal/core/bytes'
import { verifyRecordProof } from '../block.js'
import { lightError } from '../errors-light.js'
import type { ReadHeader } from '../header.js'
import { decodeRecord, type LedgerRecord } from '../record.js'
import { decodeRoster, encodeRoster, type Roster } from '../roster.js'
import type { Finality } from '../seal.js'
import {
  decodePrescriptionState,
  decodeSeq,
  type PrescriptionState,
  prescriptionKey,
  rosterKey,
  seqKey,
} from '../state.js'
import { type StateProof, verifyStateProof } from '../tree-proof.js'
import type { Anchor } from './anchor.js'
import { type Bundle, type BundleLeaf, decodeBundle } from './bundle.js'
import { checkChanges, type ProvenChanges } from './changes.js'
import { checkEvidence, type EvidenceVerdict } from './evidence.js'

/** How far the clock of whoever seals may be ahead. */
const maxAheadSeconds = 7_200n

export interface CheckedPrescription extends ProvenChanges {
  readonly txid: Uint8Array
  /** `null`: the ledger has no such prescription at `asOf`. */
  readonly state: PrescriptionState | null
}

export interface CheckedBundle {
  /** The newest block that was proven. */
  readonly head: ReadHeader
  readonly finality: Finality
  /** Seconds: time of the head, or when witnesses last saw it. */
  readonly asOf: bigint
  readonly prescription: CheckedPrescription | null
  /** The number that the next record of this signer must have. */
  readonly signer: { readonly kid: Uint8Array; readonly nextSeq: bigint } | null
  /** A record that stands in the head. */
  readonly record: LedgerRecord | null
  /** To keep, and to begin the next check from. */
  readonly anchor: Anchor
}

export interface CheckOptions {
  readonly nowSeconds: bigint
}

/**
 * What a bundle proves. Nothing that was changed on the way is believed, and nothing older than the anchor.
 * @throws ChartsealError `ledger/bundle`, `ledger/bundle-behind`, `ledger/bundle-future`, `ledger/other-history`,
 * `ledger/state-proof`, `ledger/record-proof`, `ledger/bundle-changes`, `ledger/finality`, `ledger/seal-votes`
 */
export function checkBundle(anchor: Anchor, bytes: Uint8Array, { nowSeconds }: CheckOptions): CheckedBundle {
  const bundle = decodeBundle(bytes)
  const { header: head, finality, trust, seenBy } = follow(anchor, bundle)
  const asOf = seenBy !== null && seenBy > head.timestamp ? seenBy : head.timestamp
  if (asOf > nowSeconds + maxAheadSeconds)
    throw lightError('ledger/bundle-future', { aheadSeconds: asOf - nowSeconds })
  const roster = rosterAfter(anchor.roster, head, bundle)
  return {
    head,
    finality,
    asOf,
    prescription: prescriptionIn(bundle, head),
    signer: signerIn(bundle, head),
    record: recordIn(bundle, head),
    anchor:
      finality.kind === 'final' ? { ...anchor, height: head.height, id: head.id, roster, trust } : anchor,
  }
}

/** Goes through the evidence from the anchor to the head: each piece is judged by what the one before has proven. */
function follow(anchor: Anchor, { evidence }: Bundle): EvidenceVerdict {
  let { trust } = anchor
  let reached: EvidenceVerdict | null = null
  for (const piece of evidence) {
    reached = checkEvidence(anchor, trust, piece)
    const { height } = reached.header
    if (height < trust.height) throw lightError('ledger/bundle-behind', { height, known: trust.height })
    if (height === anchor.height && !equal(reached.header.id, anchor.id))
      throw lightError('ledger/other-history', { height })
    trust = reached.trust
  }
  if (reached === null) throw new Error('internal: a bundle that was read has evidence')
  return reached
}

function rosterAfter(known: Roster, head: ReadHeader, { roster, rosterProof }: Bundle): Roster {
  requireProof(head, rosterKey(), roster ?? encodeRoster(known), rosterProof, 'roster')
  return roster === null ? known : decodeRoster(roster)
}

function requireProof(
  { stateRoot }: ReadHeader,
  key: Uint8Array,
  value: Uint8Array | null,
  proof: StateProof,
  what: string,
): void {
  if (!verifyStateProof(stateRoot, key, value, proof)) throw lightError('ledger/state-proof', { what })
}

function prescriptionIn(
  { prescription: leaf, changes }: Bundle,
  head: ReadHeader,
): CheckedPrescription | null {
  if (leaf === null) {
    if (changes.length > 0) throw lightError('ledger/bundle-changes', { reason: 'there is no prescription' })
    return null
  }
  const { of: txid, value, proof } = leaf
  requireProof(head, prescriptionKey(txid), value, proof, 'prescription')
  const state = value === null ? null : decodePrescriptionState(value)
  if (state !== null) return { txid, state, ...checkChanges(txid, state, changes) }
  if (changes.length > 0) throw lightError('ledger/bundle-changes', { reason: 'there is no prescription' })
  return { txid, state, changes: [], isComplete: true }
}

function signerIn({ signer }: Bundle, head: ReadHeader): CheckedBundle['signer'] {
  if (signer === null) return null
  const { of: kid, value, proof }: BundleLeaf = signer
  requireProof(head, seqKey(kid), value, proof, 'signer')
  return { kid, nextSeq: value === null ? 1n : decodeSeq(value) }
}

function recordIn({ record: claimed }: Bundle, head: ReadHeader): LedgerRecord | null {
  if (claimed === null) return null
  const record = decodeRecord(claimed.bytes)
  if (!verifyRecordProof(head.recordsRoot, record.wtxid, claimed.path))
    throw lightError('ledger/record-proof', {})
  return record
}
