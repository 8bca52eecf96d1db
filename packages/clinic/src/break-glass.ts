/**
 * Break-glass: in an emergency a quorum of custodians opens one record for a doctor, never one person alone and never
 * without a trace in a witnessed log. It runs in browsers; nothing here stores or sends. Specification:
 * docs/spec/break-glass.md.
 */
export { type BreakGlassErrors, breakGlassError } from './break-glass/errors.js'
export type {
  EmergencyPhase,
  EmergencyState,
  EventFacts,
  Standing,
  TakenEvent,
} from './break-glass/state.js'
export {
  type AnyStatement,
  type Closed,
  type CustodyKey,
  type Denial,
  type EmergencyEvent,
  type EmergencyPolicy,
  type EmergencyReason,
  type EmergencyRequest,
  type EmergencySet,
  emergencyReasons,
  type Opened,
  type Release,
  type Reviewed,
  type ReviewVerdict,
  reviewVerdicts,
  type SealedShare,
  type Signatory,
  type Statement,
  type StatementKind,
  type Vote,
} from './break-glass/statements.js'
