/** The core of a conference: the doctor's side, with every key. */
import type { CoreInput, CoreOptions, CoreOutput, CoreTimes, MemberCounts, MemberRow } from './types.js'

/**
 * The doctor's state machine: inputs in, outputs out, no input or output of its own. Nothing that the relay or a patient
 * sends makes it throw. One process holds one core of a conference.
 */
export declare class ConferenceCore implements CoreTimes {
  /**
   * A core that goes on where the journal ends; the outputs come before those of any input.
   * @throws ChartsealError `conference/bad-journal`, `conference/bad-patient`
   */
  static start(options: CoreOptions): {
    readonly core: ConferenceCore
    readonly outputs: readonly CoreOutput[]
  }

  /**
   * @throws ChartsealError `conference/text-too-long`, `conference/unknown-patient`, `conference/bad-patient`,
   * `encoding/invalid` for an order of the doctor that cannot be carried out; then nothing was changed
   */
  handle(input: CoreInput): readonly CoreOutput[]

  get nextTickMs(): number

  /** The live list: everybody who is enrolled, in the order of enrolment. */
  members(): readonly MemberRow[]

  /** One line of it; `null` for nobody's name. */
  member(name: string): MemberRow | null

  counts(): MemberCounts

  /** The newest frame for all. */
  get sequence(): bigint

  /** After `end`, `close` or `superseded`: every further input does nothing. */
  get isOver(): boolean
}
