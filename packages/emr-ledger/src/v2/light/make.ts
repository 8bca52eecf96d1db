/** Makes a bundle from what a node has: docs/spec/ledger-v2.md, "Proof bundle". */
import { equal } from '@chartseal/core/bytes'
import type { ReadHeader } from '../header.js'
import type { LedgerRecord } from '../record.js'
import { decodeRoster } from '../roster.js'
import { poaEvidenceHeader } from '../seals/poa-evidence.js'
import { decodePrescriptionState, prescriptionKey, rosterKey, seqKey } from '../state.js'
import { StateTree, type TreeNodes } from '../state-tree.js'
import { proveState } from '../tree-proof.js'
import { type BundleLeaf, type BundleRecord, encodeBundle, maxBundleChanges } from './bundle.js'

/** What a node has. */
export interface BundleSource {
  /** The newest final block and its evidence, as `SealKeeper.finality`; block 0 has empty evidence. */
  readonly head: { readonly header: ReadHeader; readonly evidence: Uint8Array }
  /** As `SealKeeper.trail`. */
  readonly trail: readonly Uint8Array[]
  readonly nodes: TreeNodes
  /** A record of the chain of the head; `null` when there is none. */
  record(txid: Uint8Array): Promise<Pick<LedgerRecord, 'claims' | 'claimsBytes'> | null>
}

export interface BundleRequest {
  /** txid of a prescription. */
  readonly prescription?: Uint8Array | undefined
  /** kid of a signer. */
  readonly signer?: Uint8Array | undefined
  /** A record of the head, and that it is there. */
  readonly record?: BundleRecord | undefined
  /** Number of the roster that whoever asks has: then it is left out. */
  readonly roster?: bigint | undefined
  /** Height of their anchor; 0 for one who begins. */
  readonly from: bigint
}

/** @throws ChartsealError `ledger/tree-node`, `ledger/bundle-too-large`, and what the source throws */
export async function makeBundle(source: BundleSource, request: BundleRequest): Promise<Uint8Array> {
  const { head, nodes } = source
  const { prescription, signer, record = null, from } = request
  const keys = [
    rosterKey(),
    ...(prescription === undefined ? [] : [prescriptionKey(prescription)]),
    ...(signer === undefined ? [] : [seqKey(signer)]),
  ]
  const tree = await StateTree.at(head.header.stateRoot, nodes).load(keys)
  const changes = prescription === undefined ? [] : await changesOf(source, tree, prescription)
  const roster = tree.get(rosterKey())
  return encodeBundle({
    evidence: [...trailTo(source, from), head.evidence],
    rosterProof: proveState(tree, rosterKey()),
    roster: isKnown(request, roster) ? null : roster,
    prescription:
      prescription === undefined ? null : leafAt(tree, prescription, prescriptionKey(prescription)),
    signer: signer === undefined ? null : leafAt(tree, signer, seqKey(signer)),
    changes,
    record,
  })
}

function isKnown({ roster }: BundleRequest, bytes: Uint8Array | null): boolean {
  return roster !== undefined && bytes !== null && decodeRoster(bytes).number === roster
}

/** Evidence between what is known and the head. */
function trailTo({ trail, head }: BundleSource, from: bigint): readonly Uint8Array[] {
  return trail.filter(evidence => {
    const { height } = poaEvidenceHeader(evidence)
    return height > from && height < head.header.height
  })
}

function leafAt(tree: StateTree, of: Uint8Array, key: Uint8Array): BundleLeaf {
  return { of, value: tree.get(key), proof: proveState(tree, key) }
}

async function changesOf(
  { record }: BundleSource,
  tree: StateTree,
  prescription: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const value = tree.get(prescriptionKey(prescription))
  if (value === null) return []
  const changes: Uint8Array[] = []
  let next = decodePrescriptionState(value).last
  while (!equal(next, prescription) && changes.length < maxBundleChanges) {
    const found = await record(next)
    if (found === null || !('previous' in found.claims)) return changes
    changes.push(found.claimsBytes)
    next = found.claims.previous
  }
  return changes
}
