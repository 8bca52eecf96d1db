/** What a node answers about a record, a prescription and a block, as the server of a clinic does: docs/spec/clinic-api.md. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import type {
  ChainBlock,
  LedgerNodeApi,
  PrescriptionAnswer,
  PrescriptionState,
  RecordStatus,
} from '@chartseal/emr-ledger'

function blockAnswer({ id, height, timestamp }: ChainBlock): Answer {
  return { id: encodeBase64Url(id), height: Number(height), timestamp: Number(timestamp) }
}

export function aboutAnswer(node: LedgerNodeApi, genesis: Uint8Array, seals: boolean): Answer {
  return {
    v: 1,
    ledger: encodeBase64Url(node.id),
    name: node.genesis.name,
    rule: node.genesis.seal.kind,
    genesis: encodeBase64Url(genesis),
    tip: blockAnswer(node.tip),
    final: blockAnswer(node.final),
    pending: node.pending().length,
    seals,
  }
}

/** `null` for a record that this node does not know. */
export async function recordAnswer(node: LedgerNodeApi, txid: Uint8Array): Promise<Answer | null> {
  const [status, found] = [await node.record(txid), await node.prescription(txid)]
  if (status === null) return null
  return {
    txid: encodeBase64Url(txid),
    state: status.kind,
    ready: status.kind === 'pending' ? status.isReady : null,
    code: status.kind === 'refused' ? status.code : null,
    record: recordIn(status),
    sealed: sealedOf(status),
    prescription: found === null ? null : prescriptionOf(found),
  }
}

function recordIn(status: RecordStatus): string | null {
  if (status.kind === 'refused') return null
  return encodeBase64Url((status.kind === 'sealed' ? status.at.record : status.record).bytes)
}

function sealedOf(status: RecordStatus): Answer | null {
  if (status.kind !== 'sealed') return null
  const { block, height, place, finality } = status.at
  const depth = finality.kind === 'final' ? null : finality.depth
  return { block: encodeBase64Url(block), height: Number(height), place, finality: finality.kind, depth }
}

function stateAnswer({ status, dispensed, last, replacedBy }: PrescriptionState): Answer {
  const replaced = replacedBy === null ? null : encodeBase64Url(replacedBy)
  return { status, dispensed, last: encodeBase64Url(last), replaced_by: replaced }
}

function prescriptionOf({ state, isExpired, asOf, final }: PrescriptionAnswer): Answer {
  return {
    ...stateAnswer(state),
    expired: isExpired,
    quantity: state.quantity,
    valid_until: `${state.validUntil}`,
    prescriber: encodeBase64Url(state.prescriber),
    as_of: blockAnswer(asOf),
    final: final === null ? null : stateAnswer(final),
  }
}
