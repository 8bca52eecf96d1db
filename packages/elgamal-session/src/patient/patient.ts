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
    if (!this.#machine.isOver) obey(this.#machine, input)
    return this.#machine.take()
  }

  get status(): PatientStatus {
    return this.#machine.status
  }
}

function obey(machine: PatientMachine, input: PatientInput): void {
  switch (input.kind) {
    case 'join':
      machine.join()
      return
    case 'connected':
      machine.connected()
      return
    case 'received':
      machine.received(input.bytes)
      return
    case 'lost':
      machine.lost()
      return
    case 'tick':
      machine.tick()
      return
    case 'say':
      machine.say(input.text)
      return
    case 'leave':
      machine.leave()
      return
    case 'close':
      machine.close()
      return
  }
}
