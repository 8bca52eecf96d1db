import type { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Argon2id } from '@chartseal/kdf-keyring'
import type { Device } from './device.js'

/** What workflows take as an argument: time, chance, and how a passphrase is hardened. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  /** In place of the platform's own. */
  readonly argon2id?: Argon2id | undefined
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
