/**
 * Break-glass: in an emergency a quorum of custodians opens one record for a doctor, never one person alone and never
 * without a trace in a witnessed log. It runs in browsers; nothing here stores or sends. Specification:
 * docs/spec/break-glass.md.
 */
export {
  hashOf,
  maxStatementBytes,
  parseCustodyKey,
  parseEmergencyEvent,
  parseEmergencyRequest,
  parseEmergencySet,
} from './break-glass/codec.js'
export { type BreakGlassErrors, breakGlassError } from './break-glass/errors.js'
export { defaultDenials, requirePolicy } from './break-glass/policy.js'
export {
  encodeParcel,
  openSealedShare,
  type Parcel,
  parseReleaseParcel,
  parseSetParcel,
  type SealedShare,
  sealedHashOf,
} from './break-glass/sealed-share.js'
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
  type Custodian,
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
  type Signatory,
  type Statement,
  type StatementKind,
  type Vote,
} from './break-glass/statements.js'
