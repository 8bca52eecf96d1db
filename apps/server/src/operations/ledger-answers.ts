/** What the interface says of a record, of a prescription and of a block. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { ChainBlock, PrescriptionAnswer, PrescriptionState, RecordStatus } from '@chartseal/emr-ledger'
import { z } from 'zod'
import type { Clinic } from '../clinic/clinic.js'
import { name32 } from '../http/names.js'

export const block = z.strictObject({ id: name32, height: z.int(), timestamp: z.int() })
type BlockAnswer = z.output<typeof block>

function blockOf({ id, height, timestamp }: ChainBlock): BlockAnswer {
  return { id: encodeBase64Url(id), height: Number(height), timestamp: Number(timestamp) }
}

/** What a node of the ledger says of itself. */
export const nodeFields = {
  v: z.literal(1),
  ledger: name32,
  name: z.string(),
  rule: z.enum(['tlog', 'poa', 'pow']),
  tip: block,
  final: block,
  pending: z.int(),
} as const

export const nodeOf = ({ node }: Clinic['ledger']): z.output<z.ZodObject<typeof nodeFields>> => ({
  v: 1,
  ledger: encodeBase64Url(node.id),
  name: node.genesis.name,
  rule: node.genesis.seal.kind,
  tip: blockOf(node.tip),
  final: blockOf(node.final),
  pending: node.pending().length,
})

const prescription = z.strictObject({
  status: z.enum(['ready', 'partly', 'dispensed', 'cancelled', 'replaced']),
  expired: z.boolean(),
  quantity: z.int(),
  dispensed: z.int(),
  /** Seconds, in decimal. */
  valid_until: z.string(),
  prescriber: name32,
  last: name32,
  replaced_by: name32.nullable(),
  as_of: block,
  /** What is final of it; `null` while nothing is. */
  final: z
    .strictObject({ status: z.string(), dispensed: z.int(), last: name32, replaced_by: name32.nullable() })
    .nullable(),
})

export const recordAnswer = z.strictObject({
  txid: name32,
  state: z.enum(['sealed', 'pending', 'refused']),
  /** Whether it can be sealed next; `null` unless it is pending. */
  ready: z.boolean().nullable(),
  /** What it can never be sealed for; `null` unless it was refused. */
  code: z.string().nullable(),
  record: z.string().nullable().describe('base64url'),
  sealed: z
    .strictObject({
      block: name32,
      height: z.int(),
      place: z.int(),
      finality: z.enum(['final', 'reversible']),
      depth: z.int().nullable(),
    })
    .nullable(),
  prescription: prescription.nullable(),
})

function finalOf(state: PrescriptionState): NonNullable<z.output<typeof prescription>['final']> {
  const { status, dispensed, last, replacedBy } = state
  const replaced = replacedBy === null ? null : encodeBase64Url(replacedBy)
  return { status, dispensed, last: encodeBase64Url(last), replaced_by: replaced }
}

export function prescriptionOf(answer: PrescriptionAnswer): z.output<typeof prescription> {
  const { state, isExpired, asOf, final } = answer
  return {
    ...finalOf(state),
    status: state.status,
    expired: isExpired,
    quantity: state.quantity,
    valid_until: `${state.validUntil}`,
    prescriber: encodeBase64Url(state.prescriber),
    as_of: blockOf(asOf),
    final: final === null ? null : finalOf(final),
  }
}

export function sealedOf(status: RecordStatus): z.output<typeof recordAnswer>['sealed'] {
  if (status.kind !== 'sealed') return null
  const { block: id, height, place, finality } = status.at
  const depth = finality.kind === 'final' ? null : finality.depth
  return {
    block: encodeBase64Url(id),
    height: Number(height),
    place,
    finality: finality.kind,
    depth,
  }
}

export function recordIn(status: RecordStatus): string | null {
  if (status.kind === 'refused') return null
  return encodeBase64Url((status.kind === 'sealed' ? status.at.record : status.record).bytes)
}
