/** What a counter says about a prescription: docs/spec/ledger-v2.md, "At the counter". */
import { equal } from '@chartseal/core/bytes'
import { type CheckedBundle, isOpen, type PrescriptionState } from '@chartseal/emr-ledger'
import { prescriptionError } from './errors.js'
import type { Slip } from './slip.js'

/** One change, without whoever made it. */
export interface Given {
  readonly units: number
  /** Seconds, as whoever dispensed said. */
  readonly at: bigint
}

interface Known {
  /** Seconds: the state is that of this time. */
  readonly asOf: bigint
}

interface Counted extends Known {
  readonly left: number
  readonly of: number
  /** What was given out, the newest first; those of the 32 newest changes. */
  readonly given: readonly Given[]
}

/** The words of the screen Counter. Only `ready` and `partly` can be dispensed. */
export type Verdict =
  | (Counted & { readonly kind: 'ready' | 'partly' | 'dispensed' })
  | (Counted & { readonly kind: 'cancelled'; readonly at: bigint | null })
  | (Counted & { readonly kind: 'replaced'; readonly at: bigint | null; readonly by: Uint8Array })
  | (Counted & { readonly kind: 'expired'; readonly since: bigint })
  /** Not in the ledger for good; `depth`: by how many blocks it is buried where a depth decides. */
  | (Known & { readonly kind: 'not-final-yet'; readonly depth: number | null })
  /** There is no proof: the signature can be checked, and nothing can be dispensed. */
  | { readonly kind: 'offline' }

export interface JudgeOptions {
  readonly nowSeconds: bigint
  /** Under `pow`: how many blocks must stand on the state. Without it nothing is ever final there. */
  readonly depth?: number | undefined
}

/**
 * @param checked a bundle about this prescription that was checked; `null` without one
 * @throws ChartsealError `prescription/other-proof`
 */
export function judgeAtCounter(
  slip: Pick<Slip, 'record'>,
  checked: CheckedBundle | null,
  options: JudgeOptions,
): Verdict {
  if (checked === null) return { kind: 'offline' }
  const { prescription, finality, asOf } = checked
  if (prescription === null || !equal(prescription.txid, slip.record.txid))
    throw prescriptionError('prescription/other-proof', {})
  if (prescription.state === null) return { kind: 'not-final-yet', depth: null, asOf }
  if (!isFinalEnough(checked, options))
    return { kind: 'not-final-yet', depth: finality.kind === 'final' ? null : finality.depth, asOf }
  return verdictOf(prescription.state, checked, options.nowSeconds)
}

/** Whether nothing takes it back, or so many blocks stand on it as were named. */
export function isFinalEnough(
  { finality }: Pick<CheckedBundle, 'finality'>,
  { depth }: Pick<JudgeOptions, 'depth'>,
): boolean {
  return finality.kind === 'final' || (depth !== undefined && finality.depth >= depth)
}

function verdictOf(
  state: PrescriptionState,
  { prescription, asOf }: CheckedBundle,
  nowSeconds: bigint,
): Verdict {
  const { status, quantity: of, dispensed, validUntil, replacedBy } = state
  const changes = (prescription?.changes ?? []).map(({ claims }) => claims)
  const given = changes.flatMap(claims =>
    claims.kind === 'dispense' ? [{ units: claims.quantity, at: claims.authoredOn }] : [],
  )
  const counted = { left: of - dispensed, of, given, asOf }
  if (isOpen(status)) {
    const now = nowSeconds > asOf ? nowSeconds : asOf
    return now >= validUntil
      ? { ...counted, kind: 'expired', since: validUntil }
      : { ...counted, kind: open(status) }
  }
  const at = changes[0]?.authoredOn ?? null
  if (status === 'replaced' && replacedBy !== null)
    return { ...counted, kind: 'replaced', at, by: replacedBy }
  return status === 'cancelled' ? { ...counted, kind: 'cancelled', at } : { ...counted, kind: 'dispensed' }
}

const open = (status: PrescriptionState['status']): 'ready' | 'partly' =>
  status === 'partly' ? 'partly' : 'ready'

/** Whether units of it can be given out now. */
export function canDispense(verdict: Verdict): verdict is Counted & { readonly kind: 'ready' | 'partly' } {
  return verdict.kind === 'ready' || verdict.kind === 'partly'
}
