/**
 * The interim conference protocol: opcodes and flow of the seed over ffdhe3072, with pinned long-term keys,
 * signed deterministic CBOR and AES-256-GCM. To be replaced by the handshake of v2.
 * docs/spec/conference-interim.md.
 */
export {
  generateSigningKeyPair,
  type PublicKey,
  type SigningKeyPair,
} from './elgamal.js'
export { type SessionErrors, sessionError } from './errors.js'
export { memberIds, openConference, stepDoctor } from './interim/doctor.js'
export { blockMs, maxBroadcastBytes } from './interim/doctor-members.js'
export {
  type ConnectionId,
  type DoctorEffect,
  type DoctorEvent,
  type DoctorLimits,
  type DoctorSettings,
  type DoctorState,
  type DoctorStep,
  defaultDoctorLimits,
  type Environment,
  type LeaveReason,
} from './interim/doctor-state.js'
export {
  type DoctorFrame,
  decodeDoctorFrame,
  decodePatientFrame,
  encodeFrame,
  type PatientFrame,
} from './interim/frames.js'
export { FrameReader, frameOf, maxDoctorFrameBytes, maxPatientFrameBytes } from './interim/framing.js'
export {
  type Fingerprint,
  type ParticipantId,
  parseFingerprint,
  parseParticipantId,
} from './interim/parse-ids.js'
export { formatKeyFile, parseKeyFile } from './interim/parse-key-file.js'
export { newPatient, stepPatient } from './interim/patient.js'
export type {
  PatientEffect,
  PatientEvent,
  PatientSettings,
  PatientState,
  PatientStep,
} from './interim/patient-state.js'
export {
  emptyPerformance,
  type MonotonicClock,
  measured,
  type PerformanceRow,
  type PerformanceTable,
  type PrimitiveName,
  performanceRows,
  recordCall,
} from './interim/performance.js'
export { interimGroup, interimPrimitives, type Primitives } from './interim/primitives.js'
export { fingerprintOf, groupKeyOf, type Parties, requestBytes, sessionKeyOf } from './interim/transcript.js'
