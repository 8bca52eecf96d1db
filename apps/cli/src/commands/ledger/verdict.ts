/** What a counter says, in words and in JSON. */
import type { Verdict } from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'

export function verdictAnswer(verdict: Verdict): Answer {
  const { kind } = verdict
  if (kind === 'offline') return { verdict: kind }
  const as_of = verdict.asOf
  if (kind === 'not-final-yet') return { verdict: kind, as_of, depth: verdict.depth }
  const counted = { verdict: kind, as_of, left: verdict.left, of: verdict.of }
  return kind === 'replaced' ? { ...counted, replaced_by: encodeHex(verdict.by) } : counted
}

export function verdictWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'offline':
      return 'offline: the ledger did not answer, and nothing can be dispensed'
    case 'not-final-yet':
      return `not final yet, as of ${timeOf(verdict.asOf)}: nothing can be dispensed`
    case 'replaced':
      return `${counted(verdict)}; in its place: ${encodeHex(verdict.by)}`
    case 'expired':
      return `${counted(verdict)}; it was good until ${timeOf(verdict.since)}`
    default:
      return counted(verdict)
  }
}

function counted({ kind, left, of, asOf }: Extract<Verdict, { readonly left: number }>): string {
  return `${kind}, ${left} of ${of} left, as of ${timeOf(asOf)}`
}

/** The last second of the year 9999: beyond, a calendar has no text of four digits. */
const lastSeconds = 253_402_300_799n

export function timeOf(seconds: bigint): string {
  return seconds > lastSeconds
    ? `${seconds} s`
    : new Date(Number(seconds) * 1_000).toISOString().replace('.000', '')
}
