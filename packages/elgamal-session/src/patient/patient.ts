/** A patient of a conference. */
import { PatientMachine } from './machine.js'
import type { PatientInput, PatientOptions, PatientOutput, PatientStatus } from './types.js'

/**
 * A patient's state machine: inputs in, outputs out. Nothing that the relay or anybody else sends makes it throw.
 */
export class ConferencePatient {
  readonly #machine: PatientMachine

  /** @throws ChartsealError `conference/bad-record`; `key/invalid` for a pinned signing key that is none */
  constructor(options: PatientOptions) {
    this.#machine = new PatientMachine(options)
  }

  /**
   * @throws ChartsealError `conference/text-too-long`, `conference/too-many-waiting`, `encoding/invalid` for a `say` that
   * cannot be sent
   */
  handle(input: PatientInput): readonly PatientOutput[] {
    return this.#machine.handle(input)
  }

  get status(): PatientStatus {
    return this.#machine.status
  }
}
