import type { DemoInput } from './input/load.js'
import type { Io } from './io.js'
import type { Shelf } from './shelf.js'

/** What the story plays in. */
export interface World {
  readonly io: Io
  readonly input: DemoInput
  /** Files of this run; without `--keep` it is removed at the end. */
  readonly folder: string
  /** For what the user may keep. */
  readonly shelf: Shelf
  /** `null`: so that all blocks together take about a second. */
  readonly difficulty: bigint | null
  /** Patients in the conference; with none there is no conference. */
  readonly patients: number
  /** Whether a clinic's server is started and asked. */
  readonly server: boolean
  /** Whether the published designs are broken. */
  readonly laboratory: boolean
}
