/** Checks a bundle from an anchor on, without a chain: docs/spec/ledger-v2.md, "Light client". */
import { equal } from '@chartseal/core/bytes'
import { verifyRecordProof } from '../block.js'
import { lightError } from '../errors-light.js'
import { ruleError } from '../errors-state.js'
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
import { type Bundle, type BundleLeaf, type BundleStep, decodeBundle } from './bundle.js'
import { checkChanges, type ProvenChanges } from './changes.js'
import { checkEvidence } from './evidence.js'

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
  /** A record and the header of the block in which it stands. */
  readonly record: { readonly record: LedgerRecord; readonly header: ReadHeader } | null
  /** To keep, and to begin the next check from. */
  readonly anchor: Anchor
}

export interface CheckOptions {
  readonly nowSeconds: bigint
}

interface Reached {
  /** What the next step is judged by. */
  readonly known: Anchor
  /** The same, as far as nothing takes it back. */
  readonly kept: Anchor
  readonly finality: Finality
  readonly seenAt: bigint
}

/**
 * What a bundle proves. Nothing that was changed on the way is believed, and nothing older than the anchor.
 * @throws ChartsealError `ledger/bundle`, `ledger/bundle-behind`, `ledger/bundle-future`, `ledger/other-history`,
 * `ledger/state-proof`, `ledger/record-proof`, `ledger/bundle-changes`, `ledger/other-ledger`, `ledger/seal…`
 */
export function checkBundle(anchor: Anchor, bytes: Uint8Array, { nowSeconds }: CheckOptions): CheckedBundle {
  const bundle = decodeBundle(bytes)
  let reached: Reached = { known: anchor, kept: anchor, finality: { kind: 'final' }, seenAt: 0n }
  for (const step of bundle.steps) reached = takeStep(reached, step)
  const { header: head } = lastOf(bundle)
  const asOf = head.timestamp > reached.seenAt ? head.timestamp : reached.seenAt
  if (asOf > nowSeconds + maxAheadSeconds)
    throw lightError('ledger/bundle-future', { aheadSeconds: asOf - nowSeconds })
  return {
    head,
    finality: reached.finality,
    asOf,
    prescription: prescriptionIn(bundle, head),
    signer: signerIn(bundle, head),
    record: recordIn(bundle),
    anchor: reached.kept,
  }
}

function lastOf({ steps }: Bundle): BundleStep {
  const last = steps.at(-1)
  if (last === undefined) throw new Error('internal: a bundle that was read has a step')
  return last
}

function takeStep({ known, kept, seenAt }: Reached, step: BundleStep): Reached {
  const { header, evidence } = step
  const { id, height } = header
  if (!equal(header.ledger, known.ledger)) throw ruleError('ledger/other-ledger', {})
  if (height < known.height) throw lightError('ledger/bundle-behind', { height, known: known.height })
  const verdict = checkEvidence(known, header, evidence)
  if (height === known.height && !equal(id, known.id)) throw lightError('ledger/other-history', { height })
  const next = { ...known, height, id, roster: rosterAfter(known.roster, step) }
  const isFinal = verdict.finality.kind === 'final'
  return {
    known: next,
    kept: isFinal ? next : kept,
    finality: verdict.finality,
    seenAt: verdict.seenAt > seenAt ? verdict.seenAt : seenAt,
  }
}

function rosterAfter(known: Roster, { header, roster, rosterProof }: BundleStep): Roster {
  const value = roster ?? encodeRoster(known)
  requireProof(header, rosterKey(), value, rosterProof, 'roster')
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

function prescriptionIn({ prescription: leaf, changes }: Bundle, head: ReadHeader): CheckedPrescription | null {
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

function recordIn({ record: claimed, steps }: Bundle): CheckedBundle['record'] {
  if (claimed === null) return null
  const header = steps[claimed.step]?.header
  const record = decodeRecord(claimed.bytes)
  if (header === undefined || !verifyRecordProof(header.recordsRoot, record.wtxid, claimed.path))
    throw lightError('ledger/record-proof', {})
  return { record, header }
}
