/**
 * Break-glass: in an emergency a quorum of custodians opens one record for a doctor, never one person alone and never
 * without a trace in a witnessed log. It runs in browsers; nothing here stores or sends. Specification:
 * docs/spec/break-glass.md.
 */
export {
  applyEvent,
  markWitnessed,
  restoreEmergency,
  type StoredEvent,
  startEmergency,
} from './break-glass/apply.js'
export { type AuditNames, breakGlassAudit } from './break-glass/audit.js'
export {
  hashOf,
  parseCustodyKey,
  parseEmergencyEvent,
  parseEmergencyRequest,
  parseEmergencySet,
} from './break-glass/codec.js'
export { makeDenial, makeRelease, makeReviewed, requireRelease } from './break-glass/decide.js'
export { type EventPlace, eventEntry, setEntry } from './break-glass/entries.js'
export { type BreakGlassErrors, breakGlassError } from './break-glass/errors.js'
export { type HistoryOptions, replayEmergency, type ShownEvent } from './break-glass/history.js'
export { type GivenShare, type OpenedEmergency, openReleased } from './break-glass/open.js'
export { defaultDenials } from './break-glass/policy.js'
export { type Asking, makeClosed, makeEmergencyRequest, makeOpened } from './break-glass/request.js'
export {
  encodeParcel,
  openSealedShare,
  type Parcel,
  parseReleaseParcel,
  parseSetParcel,
  type SealedShare,
  sealedHashOf,
} from './break-glass/sealed-share.js'
export { createCustodyKey, makeEmergencySet, type SetPlan } from './break-glass/set.js'
export { openOwnShare, requireOwnShare } from './break-glass/share.js'
export { hasStanding, standingIn } from './break-glass/standing.js'
export {
  type EmergencyPhase,
  type EmergencyState,
  type EventFacts,
  minutesToOpen,
  newestOf,
  phaseAt,
  releasesFor,
  type Standing,
  type TakenEvent,
  waitsUntilMs,
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
