/** A request and what became of it, as a value, and what can be asked of it. */
import type { RosterRole } from '../roster.js'
import { breakGlassError } from './errors.js'
import type {
  EmergencyEvent,
  EmergencyRequest,
  EmergencySet,
  Release,
  Reviewed,
  Statement,
} from './statements.js'

/** What the signed roster says of a device; `null` and `false` for one that it does not name. */
export interface Standing {
  readonly role: RosterRole | null
  readonly isOfficer: boolean
}

/** What is known about an event beside its bytes. */
export interface EventFacts {
  /** When the clinic took it, by the clinic's clock, in milliseconds since 1970. */
  readonly nowMs: number
  /** Of whoever signed it; `unjudged` where an earlier roster counted, which is not at hand. */
  readonly standing: Standing | 'unjudged'
}

/** Where a request stands at one time. */
export type EmergencyPhase =
  /** Custodians decide. */
  | 'asked'
  /** Enough have released; the waiting time may run yet. */
  | 'released'
  | 'denied'
  /** Not decided in time, or not opened in time. */
  | 'expired'
  | 'opened'
  /** By somebody, or by the time. */
  | 'closed'
  | 'reviewed'

/** One event, with the time at which the clinic took it. */
export interface TakenEvent {
  readonly event: Statement<EmergencyEvent>
  readonly atMs: number
  /** Whether the log has it with as many cosignatures as the set asks for. */
  readonly isWitnessed: boolean
}

/** A request and all that became of it. A value: it never changes. */
export interface EmergencyState {
  readonly set: Statement<EmergencySet>
  readonly request: Statement<EmergencyRequest>
  /** In the order in which the clinic took them, the request first; it only grows. */
  readonly events: readonly TakenEvent[]
  /** Kids of custodians who released. */
  readonly releases: readonly string[]
  /** Kids of custodians who denied, and of officers. */
  readonly denials: readonly string[]
  readonly deniedMs: number | null
  readonly openedMs: number | null
  readonly closedMs: number | null
  readonly reviews: readonly Statement<Reviewed>[]
}

/** The event that came last. */
export function newestOf({ events }: EmergencyState): TakenEvent {
  const newest = events.at(-1)
  if (newest === undefined) throw new Error('internal: a request without its first event')
  return newest
}

/** Where the request stands at this time: two clocks run, one to decide and one for access. */
export function phaseAt(state: EmergencyState, nowMs: number): EmergencyPhase {
  const { releases, deniedMs, openedMs, closedMs, reviews } = state
  const { decideByMs, accessUntilMs } = state.request.content
  if (reviews.length > 0) return 'reviewed'
  if (closedMs !== null) return 'closed'
  if (openedMs !== null) return nowMs < accessUntilMs ? 'opened' : 'closed'
  if (deniedMs !== null) return 'denied'
  if (releases.length >= state.set.content.policy.threshold)
    return nowMs < accessUntilMs ? 'released' : 'expired'
  return nowMs < decideByMs ? 'asked' : 'expired'
}

/** Until when nothing is given and each officer can deny, in milliseconds since 1970. */
export function waitsUntilMs({ set, events }: EmergencyState): number {
  return (events[0]?.atMs ?? 0) + set.content.policy.waitMs
}

/** From asking to opening, as a drill measures it; `null` while it is not opened. */
export function minutesToOpen({ events, openedMs }: EmergencyState): number | null {
  const askedMs = events[0]?.atMs
  return openedMs === null || askedMs === undefined ? null : (openedMs - askedMs) / 60_000
}

/**
 * The releases whose sealed shares may be given to this device now.
 * @throws ChartsealError `break-glass/not-requester`, `break-glass/not-opened`, `break-glass/no-witness`,
 * `break-glass/denied`, `break-glass/expired`, `break-glass/over`
 */
export function releasesFor(
  state: EmergencyState,
  kid: string,
  nowMs: number,
): readonly Statement<Release>[] {
  if (kid !== state.request.by) throw breakGlassError('break-glass/not-requester', {})
  const phase = phaseAt(state, Math.max(nowMs, newestOf(state).atMs))
  requireNotEnded(state, phase)
  if (phase !== 'opened') throw breakGlassError('break-glass/not-opened', {})
  requireWitnessed(
    state,
    state.events.find(({ event }) => event.content.kind === 'opened'),
  )
  return state.events.flatMap(({ event }) => releaseIn(event))
}

function releaseIn(event: Statement<EmergencyEvent>): readonly Statement<Release>[] {
  const { content } = event
  return content.kind === 'release' ? [{ ...event, content }] : []
}

/** @throws ChartsealError `break-glass/no-witness` */
export function requireWitnessed(state: EmergencyState, taken: TakenEvent | undefined): void {
  if (taken?.isWitnessed === true) return
  throw breakGlassError('break-glass/no-witness', {
    needed: state.set.content.policy.witnesses,
    found: 0,
  })
}

/** @throws ChartsealError `break-glass/denied`, `break-glass/expired`, `break-glass/over` */
export function requireNotEnded(state: EmergencyState, phase: EmergencyPhase): void {
  const { decideByMs, accessUntilMs } = state.request.content
  const isLate = state.releases.length >= state.set.content.policy.threshold
  if (phase === 'denied') throw breakGlassError('break-glass/denied', {})
  if (phase === 'expired')
    throw breakGlassError('break-glass/expired', { atMs: isLate ? accessUntilMs : decideByMs })
  if (phase === 'closed' || phase === 'reviewed') throw breakGlassError('break-glass/over', {})
}

export const isCustodian = ({ set }: EmergencyState, kid: string): boolean =>
  set.content.custodians.some(custodian => custodian.kid === kid)

/** Custodians who may decide: whoever asks is not among them. */
export function votersOf(
  { content }: Statement<EmergencySet>,
  { by }: Statement<EmergencyRequest>,
): EmergencySet['custodians'] {
  return content.custodians.filter(({ kid }) => kid !== by)
}
