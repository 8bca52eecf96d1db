/** What a checked proof says: of what, by which finality, as of when. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import type { CheckedBundle, PrescriptionState } from '@chartseal/emr-ledger'
import { timeOf } from './verdict.js'

export function provenAnswer({ prescription, finality, asOf, head, anchor }: CheckedBundle): Answer {
  const state = prescription?.state ?? null
  return {
    prescription: prescription === null ? null : encodeHex(prescription.txid),
    status: state === null ? 'unknown' : state.status,
    quantity: state?.quantity ?? null,
    dispensed: state?.dispensed ?? null,
    valid_until: state?.validUntil ?? null,
    seal: anchor.genesis.seal.kind,
    finality: finality.kind,
    depth: finality.kind === 'final' ? null : finality.depth,
    height: head.height,
    block: encodeHex(head.id),
    as_of: asOf,
  }
}

/** Lines with their ends. */
export function provenWords(checked: CheckedBundle): string {
  const { prescription, head, asOf } = checked
  const lines = [
    `Prescription  ${prescription === null ? 'none is named' : encodeHex(prescription.txid)}`,
    `Proven        ${stateWords(prescription?.state ?? null)}`,
    `Finality      ${finalityWords(checked)}`,
    `As of         ${timeOf(asOf)}, height ${head.height}`,
  ]
  return `${lines.join('\n')}\n`
}

function stateWords(state: PrescriptionState | null): string {
  if (state === null) return 'the ledger has no such prescription'
  const { status, dispensed, quantity, validUntil } = state
  return `${status}, ${dispensed} of ${quantity} dispensed, good until ${timeOf(validUntil)}`
}

/** By whose word it is final: a light client sees no more than that. */
function finalityWords({ finality, anchor, head }: CheckedBundle): string {
  const { seal } = anchor.genesis
  if (finality.kind === 'reversible') return `reversible: proof of work, ${finality.depth} blocks stand on it`
  if (head.height === 0n) return 'the genesis itself: nothing above it is final yet'
  if (seal.kind === 'poa') return 'final: signed by the sealers of the roster'
  const { quorum = 0 } = seal.kind === 'tlog' ? seal : {}
  return quorum === 0
    ? "final by the sequencer's word alone: no witness has to sign"
    : `final: the sequencer and ${quorum} of its witnesses signed`
}
