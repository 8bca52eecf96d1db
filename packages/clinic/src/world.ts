import type { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Device } from './device.js'

/** Time and chance, which workflows take as an argument. */
export interface World {
  readonly clock: Clock
  readonly random: Random
}

/** What a step on a device leaves: its answer, and the device to keep; `null` when it did not change. */
export interface Change<Result> {
  readonly result: Result
  readonly device: Device | null
}

/** A step that ends in a refusal and changes the device all the same: store it, then throw. */
export interface Refused {
  readonly refusal: ChartsealError
  readonly device: Device
}
