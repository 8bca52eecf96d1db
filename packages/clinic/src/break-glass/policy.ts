import { breakGlassError } from './errors.js'
import type { EmergencyPolicy } from './statements.js'

/** How a set counts denials unless told otherwise: once so many deny, too few are left to release. */
export function defaultDenials(threshold: number, numCustodians: number): number {
  return numCustodians - threshold + 1
}

/** A year: what asks for longer is not an emergency. */
const maxMs = 31_536_000_000

/**
 * Refuses a policy that could open without a quorum or without a trace, or never.
 * @throws ChartsealError `break-glass/policy`
 */
export function requirePolicy(policy: EmergencyPolicy, numCustodians: number): void {
  const { threshold, denials, waitMs, witnesses, maxDecideMs, maxAccessMs } = policy
  need(threshold >= 2 && threshold <= numCustodians, 'threshold', `2 to ${numCustodians} custodians`)
  const most = defaultDenials(threshold, numCustodians)
  need(denials >= 1 && denials <= most, 'number of denials', `1 to ${most}`)
  need(witnesses >= 1 && witnesses <= 64, 'number of witnesses', '1 to 64')
  need(maxDecideMs >= 1 && maxDecideMs <= maxMs, 'time to decide', '1 ms to a year')
  need(maxAccessMs >= 1 && maxAccessMs <= maxMs, 'time of access', '1 ms to a year')
  need(waitMs < maxAccessMs, 'waiting time', 'shorter than the time of access')
}

function need(holds: boolean, field: string, rule: string): void {
  if (!holds) throw breakGlassError('break-glass/policy', { field, rule })
}
