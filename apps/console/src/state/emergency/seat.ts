/** What this device may do with a request now: what it may not is not shown. */
import {
  type EmergencyEvent,
  type EmergencyPhase,
  type EmergencyState,
  hasStanding,
  phaseAt,
  type Statement,
  standingIn,
  waitsUntilMs,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'

export interface Seat {
  readonly isRequester: boolean
  readonly isOwner: boolean
  readonly isPatient: boolean
  /** The number of its share, from 1 on; 0 for who is no custodian. */
  readonly share: number
  /** What it has said as a custodian. */
  readonly vote: 'released' | 'denied' | null
  readonly isOfficer: boolean
  /** Officers and auditors, who may judge what they had no part in. */
  readonly isReviewer: boolean
  readonly hasReviewed: boolean
}

export function seatIn(state: EmergencyState, kid: string, roster: Roster | null): Seat {
  const { set, request, releases, denials, reviews } = state
  const standing = roster === null ? null : standingIn(roster, kid)
  const isWatcher = standing !== null && (standing.isOfficer || standing.role === 'auditor')
  const isRequester = request.by === kid
  return {
    isRequester,
    isOwner: set.by === kid,
    isPatient: set.content.patient === kid,
    share: set.content.custodians.findIndex(one => one.kid === kid) + 1,
    vote: releases.includes(kid) ? 'released' : denials.includes(kid) ? 'denied' : null,
    isOfficer: standing?.isOfficer ?? false,
    isReviewer: isWatcher && !isRequester && !releases.includes(kid),
    hasReviewed: reviews.some(({ by }) => by === kid),
  }
}

export interface Acts {
  readonly release: boolean
  readonly deny: boolean
  readonly open: boolean
  readonly close: boolean
  readonly review: boolean
}

/** By the state and the two clocks; the clinic and the log have the last word. */
export function actsOf(state: EmergencyState, seat: Seat, nowMs: number): Acts {
  const phase = phaseAt(state, nowMs)
  const { decideByMs } = state.request.content
  const waits = nowMs < waitsUntilMs(state)
  const isDeciding = (phase === 'asked' || phase === 'released') && nowMs < decideByMs
  const mayVote = seat.share > 0 && seat.vote === null && !seat.isRequester
  const mayVeto = seat.isOfficer && waits && !seat.isRequester && seat.vote === null
  return {
    release: mayVote && (isDeciding || (phase === 'opened' && nowMs < decideByMs)),
    deny: isBeforeOpening(phase) && ((mayVote && (isDeciding || waits)) || mayVeto),
    open: seat.isRequester && (phase === 'opened' || (phase === 'released' && !waits)),
    close:
      phase === 'opened'
        ? seat.isRequester || seat.isOwner || seat.share > 0 || seat.isOfficer
        : seat.isRequester && isBeforeOpening(phase),
    review: seat.isReviewer && !seat.hasReviewed && isOver(phase),
  }
}

const isBeforeOpening = (phase: EmergencyPhase): boolean => phase === 'asked' || phase === 'released'

export const isOver = (phase: EmergencyPhase): boolean =>
  phase === 'denied' || phase === 'expired' || phase === 'closed' || phase === 'reviewed'

/**
 * Events whose signer the roster that this device believes does not let do so; none without a roster, where nobody can say.
 */
export function strangersIn(
  state: EmergencyState,
  roster: Roster | null,
): readonly Statement<EmergencyEvent>[] {
  if (roster === null) return []
  return state.events.map(({ event }) => event).filter(event => !hasStanding(state, event, roster))
}

/** Whether somebody has judged it whom the roster lets do so. */
export const isReviewed = (state: EmergencyState, roster: Roster | null): boolean =>
  state.reviews.some(review => roster === null || hasStanding(state, review, roster))

/** Whether this device can still deny it as an officer, and not as a custodian. */
export const mayVeto = (state: EmergencyState, seat: Seat, nowMs: number): boolean =>
  seat.isOfficer && nowMs < waitsUntilMs(state) && actsOf(state, seat, nowMs).deny
