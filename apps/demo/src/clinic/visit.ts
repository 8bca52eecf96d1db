import type { Clock } from '@chartseal/core/ports'
import type { Stage } from '../story.js'
import type { World } from '../world.js'
import type { ClinicDevice } from './device.js'
import type { ClinicServer } from './server.js'

/** What a visit to the clinic is made of. */
export interface Visit {
  readonly stage: Stage
  readonly world: World
  readonly server: ClinicServer
  /** As the clinic has it. */
  readonly clock: Clock
  /** The verifier key of its log. */
  readonly logKey: string
  readonly doctor: ClinicDevice
  readonly patient: ClinicDevice
  /** The patient's mailbox. */
  readonly box: string
}
