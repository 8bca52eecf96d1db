/**
 * What an event makes of a request: a pure function. It judges neither signatures, which statements have behind them, nor
 * receipts, which `markWitnessed` is told of.
 */
import { equal } from '@chartseal/core/bytes'
import { requireTimes } from './deadlines.js'
import { breakGlassError } from './errors.js'
import {
  type EmergencyPhase,
  type EmergencyState,
  type EventFacts,
  isCustodian,
  newestOf,
  phaseAt,
  requireNotEnded,
  requireWitnessed,
  type Standing,
  type TakenEvent,
  votersOf,
  waitsUntilMs,
} from './state.js'
import type {
  Closed,
  Denial,
  EmergencyEvent,
  EmergencyRequest,
  EmergencySet,
  Opened,
  Release,
  Reviewed,
  Statement,
} from './statements.js'

/**
 * Takes a request: the first event.
 * @throws ChartsealError `break-glass/other-clinic`, `break-glass/other-request`, `break-glass/not-rostered`,
 * `break-glass/self` where too few custodians would be left to decide, `break-glass/deadline`, `break-glass/expired`
 */
export function startEmergency(
  set: Statement<EmergencySet>,
  request: Statement<EmergencyRequest>,
  { nowMs, standing }: EventFacts,
): EmergencyState {
  if (!equal(request.content.set, set.hash))
    throw breakGlassError('break-glass/other-request', { what: 'request' })
  if (request.content.origin !== set.content.origin)
    throw breakGlassError('break-glass/other-clinic', { what: 'request' })
  if (standing !== 'unjudged' && standing.role !== 'doctor') throw notRostered(request.by, 'a doctor')
  if (votersOf(set, request).length < set.content.policy.threshold) throw self('decide on')
  requireTimes(set.content.policy, request.content, nowMs)
  return {
    ...{ set, request, events: [{ event: request, atMs: nowMs, isWitnessed: false }] },
    ...{ releases: [], denials: [], deniedMs: null, openedMs: null, closedMs: null, reviews: [] },
  }
}

/**
 * The state after an event. The time that counts is `newestOf(result).atMs`: the clinic's clock, never before the event
 * before. The same event again gives the same state, and so does opening again.
 * @throws ChartsealError `break-glass/…`: why it is not taken
 */
export function applyEvent(
  state: EmergencyState,
  event: Statement<EmergencyEvent>,
  { nowMs, standing }: EventFacts,
): EmergencyState {
  const { content } = event
  if (state.events.some(known => equal(known.event.hash, event.hash))) return state
  if (content.kind === 'request' || !equal(content.request, state.request.hash))
    throw breakGlassError('break-glass/other-request', { what: content.kind })
  const atMs = Math.max(nowMs, newestOf(state).atMs)
  const facts = { atMs, standing, phase: phaseAt(state, atMs) }
  const next = afterEvent(state, { ...event, content }, facts)
  return next === state ? state : { ...next, events: [...state.events, { event, atMs, isWitnessed: false }] }
}

/** The log has this event, with as many cosignatures as the set asks for. @throws RangeError for one that is not here */
export function markWitnessed(state: EmergencyState, hash: Uint8Array): EmergencyState {
  if (!state.events.some(({ event }) => equal(event.hash, hash)))
    throw new RangeError('the event must be one of this request')
  const mark = (one: TakenEvent): TakenEvent =>
    equal(one.event.hash, hash) ? { ...one, isWitnessed: true } : one
  return { ...state, events: state.events.map(mark) }
}

/** An event with what its entry says of who signed it. */
export interface StoredEvent extends TakenEvent {
  readonly isOfficer?: boolean
}

/** The state of what a clinic stored: events that were taken before, in their order. @throws as `applyEvent` */
export function restoreEmergency(
  set: Statement<EmergencySet>,
  request: TakenEvent & { readonly event: Statement<EmergencyRequest> },
  others: readonly StoredEvent[],
): EmergencyState {
  const mark = (state: EmergencyState, { event, isWitnessed }: TakenEvent): EmergencyState =>
    isWitnessed ? markWitnessed(state, event.hash) : state
  const first = startEmergency(set, request.event, { nowMs: request.atMs, standing: 'unjudged' })
  return others.reduce(
    (state, taken) =>
      mark(applyEvent(state, taken.event, { nowMs: taken.atMs, standing: standingThen(taken) }), taken),
    mark(first, request),
  )
}

/** Of whoever signed an event that was taken before: an officer who keeps a share vetoes, another custodian does not. */
export const standingThen = ({
  event,
  isOfficer = false,
}: Pick<StoredEvent, 'event' | 'isOfficer'>): EventFacts['standing'] =>
  isOfficer && event.content.kind === 'denial' ? { role: null, isOfficer } : 'unjudged'

/**
 * Whether this custodian may release at this time, whatever the roster says.
 * @throws ChartsealError `break-glass/no-witness`, `break-glass/not-custodian`, `break-glass/self`,
 * `break-glass/conflict`, `break-glass/denied`, `break-glass/expired`, `break-glass/over`
 */
export function requireReleasable(state: EmergencyState, kid: string, nowMs: number): void {
  requireVoter(state, kid, 'release')
  if (!isCustodian(state, kid)) throw breakGlassError('break-glass/not-custodian', { kid })
  requireNotEnded(state, phaseAt(state, nowMs))
  requireBefore(state.request.content.decideByMs, nowMs)
}

interface Judged {
  readonly atMs: number
  readonly standing: Standing | 'unjudged'
  readonly phase: EmergencyPhase
}

function afterEvent(
  state: EmergencyState,
  event: Statement<Release | Denial | Opened | Closed | Reviewed>,
  facts: Judged,
): EmergencyState {
  const { by, content } = event
  if (content.kind === 'release') return afterRelease(state, by, facts)
  if (content.kind === 'denial') return afterDenial(state, by, facts)
  if (content.kind === 'opened') return afterOpened(state, by, facts)
  if (content.kind === 'closed') return afterClosed(state, by, facts)
  return afterReviewed(state, { ...event, content }, facts)
}

function afterRelease(state: EmergencyState, by: string, { atMs, standing }: Judged): EmergencyState {
  requireNamed(standing, by)
  requireReleasable(state, by, atMs)
  return { ...state, releases: [...state.releases, by] }
}

function afterDenial(state: EmergencyState, by: string, { atMs, standing, phase }: Judged): EmergencyState {
  requireNamed(standing, by)
  requireVoter(state, by, 'deny')
  if (state.openedMs !== null && phase === 'opened') throw breakGlassError('break-glass/opened', {})
  requireNotEnded(state, phase)
  const untilMs = waitsUntilMs(state)
  const isVeto = atMs < untilMs && (standing === 'unjudged' ? !isCustodian(state, by) : standing.isOfficer)
  if (!isVeto && !isCustodian(state, by)) throw breakGlassError('break-glass/not-custodian', { kid: by })
  requireBefore(Math.max(state.request.content.decideByMs, untilMs), atMs)
  const denials = [...state.denials, by]
  const isDenied = isVeto || isDeniedBy(state, denials)
  return { ...state, denials, deniedMs: isDenied ? atMs : null }
}

/** As many as the policy says, or so many that those who are left cannot release it any more. */
function isDeniedBy(state: EmergencyState, denials: readonly string[]): boolean {
  const { threshold, denials: needed } = state.set.content.policy
  const voters = votersOf(state.set, state.request)
  const denying = voters.filter(({ kid }) => denials.includes(kid)).length
  return denying >= needed || voters.length - denying < threshold
}

function afterOpened(state: EmergencyState, by: string, { atMs, standing, phase }: Judged): EmergencyState {
  if (by !== state.request.by) throw breakGlassError('break-glass/not-requester', {})
  requireNotEnded(state, phase)
  if (phase === 'opened') return state
  if (standing !== 'unjudged' && standing.role !== 'doctor') throw notRostered(by, 'a doctor')
  requireWitnessed(state, state.events[0])
  if (phase === 'asked') {
    const { threshold } = state.set.content.policy
    throw breakGlassError('break-glass/undecided', { released: state.releases.length, threshold })
  }
  const untilMs = waitsUntilMs(state)
  if (atMs < untilMs) throw breakGlassError('break-glass/waiting', { untilMs })
  return { ...state, openedMs: atMs }
}

/** Before it is opened, whoever asked can take the request back. */
function afterClosed(state: EmergencyState, by: string, { atMs, standing, phase }: Judged): EmergencyState {
  requireNotEnded(state, phase)
  const mayClose =
    by === state.request.by ||
    by === state.set.by ||
    isCustodian(state, by) ||
    standing === 'unjudged' ||
    standing.isOfficer
  if (!mayClose) throw notRostered(by, 'the requester, the owner, a custodian of the set or an officer')
  if (phase !== 'opened' && by !== state.request.by) throw breakGlassError('break-glass/not-opened', {})
  return { ...state, closedMs: atMs }
}

function afterReviewed(
  state: EmergencyState,
  review: Statement<Reviewed>,
  { standing, phase }: Judged,
): EmergencyState {
  const { by } = review
  if (by === state.request.by || state.releases.includes(by)) throw self('review')
  if (standing !== 'unjudged' && !standing.isOfficer && standing.role !== 'auditor')
    throw notRostered(by, 'an officer or an auditor')
  if (phase === 'asked' || phase === 'released' || phase === 'opened')
    throw breakGlassError('break-glass/not-over', {})
  if (state.reviews.some(known => known.by === by))
    throw breakGlassError('break-glass/conflict', { what: 'review' })
  if (!equal(review.content.seen, newestOf(state).event.hash)) throw breakGlassError('break-glass/stale', {})
  return { ...state, reviews: [...state.reviews, review] }
}

/** Nobody votes on what they asked for, twice, or on what the log does not have. */
function requireVoter(state: EmergencyState, kid: string, act: string): void {
  if (kid === state.request.by) throw self(act)
  requireWitnessed(state, state.events[0])
  if (state.releases.includes(kid) || state.denials.includes(kid))
    throw breakGlassError('break-glass/conflict', { what: 'vote' })
}

function requireBefore(untilMs: number, atMs: number): void {
  if (atMs >= untilMs) throw breakGlassError('break-glass/expired', { atMs: untilMs })
}

function requireNamed(standing: Standing | 'unjudged', kid: string): void {
  if (standing !== 'unjudged' && standing.role === null && !standing.isOfficer)
    throw notRostered(kid, 'named')
}

const self = (act: string): Error => breakGlassError('break-glass/self', { act })
const notRostered = (kid: string, needed: string): Error =>
  breakGlassError('break-glass/not-rostered', { kid, needed })
