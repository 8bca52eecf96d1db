import type { RosterRole } from '../roster.js'
import type {
  EmergencyEvent,
  EmergencyRequest,
  EmergencySet,
  Reviewed,
  Statement,
} from './statements.js'

/** What the signed roster says of a device; both empty for one that it does not name. */
export interface Standing {
  readonly role: RosterRole | null
  readonly isOfficer: boolean
}

/** What is known about an event beside its bytes. */
export interface EventFacts {
  /** When the clinic took it, by the clinic's clock, in milliseconds since 1970. */
  readonly nowMs: number
  /** Of whoever signed it. */
  readonly standing: Standing
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
  /** In the order of the log, the request first. */
  readonly events: readonly TakenEvent[]
  /** Kids of custodians whose release counts. */
  readonly releases: readonly string[]
  /** Kids of custodians and officers who denied. */
  readonly denials: readonly string[]
  readonly deniedMs: number | null
  readonly openedMs: number | null
  readonly closedMs: number | null
  readonly reviews: readonly Statement<Reviewed>[]
}
