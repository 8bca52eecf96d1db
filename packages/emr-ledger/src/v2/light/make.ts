/** Makes a bundle from what a node has: docs/spec/ledger-v2.md, "Proof bundle". */
import { equal } from '@chartseal/core/bytes'
import type { ReadHeader } from '../header.js'
import { decodePrescriptionState, prescriptionKey, rosterKey, seqKey } from '../state.js'
import { StateTree, type TreeNodes } from '../state-tree.js'
import type { LedgerRecord } from '../record.js'
import { proveState } from '../tree-proof.js'
import {
  type Bundle,
  type BundleLeaf,
  type BundleRecord,
  type BundleStep,
  encodeBundle,
  maxBundleChanges,
} from './bundle.js'

/** A block and what makes it final. */
export interface ProvenHeader {
  readonly header: ReadHeader
  readonly evidence: Uint8Array
}

export interface RosterPath {
  /**
   * Final blocks above the height and below the head that changed the roster, from old to new: those whose evidence the
   * seal rule judges by the roster (`poa`), none where it does not.
   */
  readonly steps: readonly ProvenHeader[]
  /** Whether the roster after the head is another than after the last of them, or at the height. */
  readonly isChanged: boolean
}

/** What a node has. */
export interface BundleSource {
  /** The newest block for which there is evidence; block 0 has empty evidence. */
  readonly head: ProvenHeader
  readonly nodes: TreeNodes
  /** What leads somebody to the head who knows the chain and the roster at this height. */
  since(height: bigint): Promise<RosterPath>
  /** A record of the chain of the head; `null` when there is none. */
  record(txid: Uint8Array): Promise<Pick<LedgerRecord, 'claims' | 'claimsBytes'> | null>
}

export interface BundleRequest {
  /** txid of a prescription. */
  readonly prescription?: Uint8Array | undefined
  /** kid of a signer. */
  readonly signer?: Uint8Array | undefined
  /** Height of the anchor of whoever asks; 0 for one who begins. */
  readonly from: bigint
}

/** @throws ChartsealError `ledger/tree-node`, and what the source throws */
export async function makeBundle(source: BundleSource, request: BundleRequest): Promise<Uint8Array> {
  const { head, nodes } = source
  const keys = [
    rosterKey(),
    ...(request.prescription === undefined ? [] : [prescriptionKey(request.prescription)]),
    ...(request.signer === undefined ? [] : [seqKey(request.signer)]),
  ]
  const tree = await StateTree.at(head.header.stateRoot, nodes).load(keys)
  const steps = await stepsTo(source, request.from, tree)
  const { prescription, signer } = request
  return encodeBundle({
    steps,
    prescription: prescription === undefined ? null : leafAt(tree, prescription, prescriptionKey(prescription)),
    signer: signer === undefined ? null : leafAt(tree, signer, seqKey(signer)),
    changes: prescription === undefined ? [] : await changesOf(source, tree, prescription),
    record: null,
  })
}

/** The bundle that says of one record that its block is final. */
export function recordBundle(step: BundleStep, bytes: Uint8Array, path: readonly Uint8Array[]): Uint8Array {
  const record: BundleRecord = { step: 0, bytes, path }
  const bundle: Bundle = { steps: [step], prescription: null, signer: null, changes: [], record }
  return encodeBundle(bundle)
}

async function stepsTo(source: BundleSource, from: bigint, tree: StateTree): Promise<readonly BundleStep[]> {
  const { steps, isChanged } = await source.since(from)
  const below: BundleStep[] = []
  for (const step of steps) below.push(await provenStep(step, source.nodes, true))
  return [...below, stepWith(source.head, tree, isChanged)]
}

/** The step of a block, with the roster after it where whoever asks may not have it. */
export async function provenStep(
  step: ProvenHeader,
  nodes: TreeNodes,
  withRoster: boolean,
): Promise<BundleStep> {
  const tree = await StateTree.at(step.header.stateRoot, nodes).load([rosterKey()])
  return stepWith(step, tree, withRoster)
}

function stepWith({ header, evidence }: ProvenHeader, tree: StateTree, withRoster: boolean): BundleStep {
  return {
    header,
    evidence,
    rosterProof: proveState(tree, rosterKey()),
    roster: withRoster ? tree.get(rosterKey()) : null,
  }
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
