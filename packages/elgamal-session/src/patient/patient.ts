/** A patient of a conference. */
import type { PatientInput, PatientOptions, PatientOutput, PatientStatus } from './types.js'

/**
 * A patient's state machine: inputs in, outputs out. Nothing that the relay or anybody else sends makes it throw.
 */
export declare class ConferencePatient {
  /** @throws ChartsealError `conference/bad-record`; `key/invalid` for a pinned signing key that is none */
  constructor(options: PatientOptions)

  /** @throws ChartsealError `conference/text-too-long`, `encoding/invalid` for a `say` that cannot be sent */
  handle(input: PatientInput): readonly PatientOutput[]

  get status(): PatientStatus
}
