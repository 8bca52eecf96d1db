import { breakGlassError } from './errors.js'
import type { EmergencyPolicy, EmergencyRequest } from './statements.js'

/** The clock of whoever asks may be off by so much from that of the clinic. */
export const maxSkewMs = 60_000

/** The clock of a custodian may be behind by so much. */
const maxAheadMs = 600_000

/**
 * A clinic and a requester together could date a request into the future, and so go round the times of its set.
 * @param nowMs by the clock of the device that is to release
 * @throws ChartsealError `break-glass/deadline`
 */
export function requireAsked({ createdMs }: EmergencyRequest, nowMs: number): void {
  need(createdMs <= nowMs + maxAheadMs, 'time of asking', maxAheadMs)
}

/**
 * What the set allows: a request is new, can still be decided, and ends in time.
 * @throws ChartsealError `break-glass/deadline`, `break-glass/expired`
 */
export function requireTimes(
  { waitMs, maxDecideMs, maxAccessMs }: EmergencyPolicy,
  { createdMs, decideByMs, accessUntilMs }: EmergencyRequest,
  nowMs: number,
): void {
  need(Math.abs(createdMs - nowMs) <= maxSkewMs, 'time of asking', maxSkewMs)
  need(decideByMs - createdMs <= maxDecideMs, 'time to decide', maxDecideMs)
  need(accessUntilMs - createdMs <= maxAccessMs, 'time of access', maxAccessMs)
  if (nowMs >= decideByMs) throw breakGlassError('break-glass/expired', { atMs: decideByMs })
  // Or nothing could ever be given.
  if (nowMs + waitMs >= accessUntilMs)
    throw breakGlassError('break-glass/waiting', { untilMs: nowMs + waitMs })
}

function need(holds: boolean, field: string, limitMs: number): void {
  if (!holds) throw breakGlassError('break-glass/deadline', { field, limitMs })
}
