/** What the operations of one clinic work with. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { BreakGlassKeeper } from '../break-glass/keeper.js'
import type { Conferences } from '../conference/conferences.js'
import type { ClinicLedger } from '../ledger/ledger.js'
import type { BoxLimits, Store } from '../store.js'
import type { AuditLog } from './audit-log.js'
import type { BlockKeeper } from './block-keeper.js'
import type { Committer } from './committer.js'
import type { ConsoleFiles } from './console-files.js'
import type { Directory } from './directory.js'
import type { Events } from './events.js'
import type { LinkRate } from './link-rate.js'
import type { Room } from './room.js'
import type { Turns } from './turns.js'

/** What a clinic is, decided by `init`. */
export interface ClinicDescription {
  readonly name: string
  /** The first line of the checkpoints of its log. */
  readonly logOrigin: string
}

export interface Clinic {
  readonly description: ClinicDescription
  /** Scheme, host and port, as people and signatures name it. */
  readonly origin: string
  readonly store: Store
  readonly writes: Committer
  readonly log: AuditLog
  readonly directory: Directory
  readonly events: Events
  /** Of a repeated request one is done, and logged; the others see it. */
  readonly turns: Turns
  readonly console: ConsoleFiles | null
  /** The leaf of the log that says which page is given out. */
  readonly consoleIndex: number | null
  /** The policy of the log's witnesses; `null` without. */
  readonly policy: string | null
  readonly keptMs: number
  /** Puts a device into the list of those that were ended, which a restore reads. */
  noteEnded(kid: string): Promise<void>
  /** What the disk has room for, and each device a day. */
  readonly room: Room
  /** Blocks of records; `null` where this clinic keeps none. */
  readonly blocks: BlockKeeper | null
  readonly conferences: Conferences
  readonly breakGlass: BreakGlassKeeper
  /** The node of the prescription ledger. */
  readonly ledger: ClinicLedger
  readonly linkRate: LinkRate
  /** How much one mailbox holds. */
  readonly boxLimits: BoxLimits
  /** How often an event stream says that it lives. */
  readonly pingMs: number
  readonly clock: Clock
  readonly random: Random
  /** Since when nonces are remembered for certain: a power cut may take those from before. */
  readonly startedMs: number
  readonly version: string
  /** `starting` and `stopping` servers take nothing new. */
  state(): 'starting' | 'ready' | 'stopping'
}
