/**
 * The conference, version 2: one doctor and many patients who do not learn of each other. Both ends as state machines
 * without sockets, clocks or files of their own. The protocol: docs/spec/conference-v2.md.
 */
export type {
  ConferenceKeys,
  ConferenceSuite,
  EnrolledPatient,
  SeatKeys,
  StaticKeyPair,
} from './conference/keys.js'
export {
  type Meter,
  type PerformanceRow,
  PerformanceTable,
  type Primitive,
  primitives,
} from './conference/meter.js'
export { isPublicKey } from './conference/public-key.js'
export { ConferenceCore } from './doctor/core.js'
export {
  type CoreEvent,
  type CoreInput,
  type CoreOptions,
  type CoreOutput,
  type CorePolicy,
  type CoreTimes,
  defaultPolicy,
  type LeaveReason,
  type MemberCounts,
  type MemberRow,
  type MemberState,
  type RefusalReason,
  type Work,
  type Worked,
} from './doctor/types.js'
export { ConferencePatient } from './patient/patient.js'
export { isLeaving } from './patient/record.js'
export {
  defaultPatientPolicy,
  type GapReason,
  type PatientEvent,
  type PatientInput,
  type PatientOptions,
  type PatientOutput,
  type PatientPhase,
  type PatientPolicy,
  type PatientStatus,
} from './patient/types.js'
