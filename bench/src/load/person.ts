/** What a crowd is made of: patients as they are, and members who cost their own side next to nothing. */
import type { Clock } from '@chartseal/core/ports'

export interface PersonWorld {
  readonly clock: Clock
  /** Where the server is now. */
  address(): { readonly port: number; readonly path: string }
  /** From which address of this machine they come. */
  readonly from: string
}

/** What one has got so far. */
export interface Received {
  /** How many texts. */
  readonly last: number
  readonly lost: number
  readonly doubled: number
  readonly unreadable: number
  /** From the doctor's word to here, of the newest; `null` where nobody says. */
  readonly newestMs: number | null
  /** Everything up to this text, each once, in order. */
  isWhole(last: number): boolean
}

export interface Person {
  readonly isMember: boolean
  readonly hasEnded: boolean
  readonly received: Received
  /** How often what happened. */
  readonly events: ReadonlyMap<string, number>
  join(): void
  leave(): void
  /** Reads nothing until told to; what comes stays where it is. */
  pause(): void
  resume(): void
  /** The network is gone, and nobody is told. */
  cut(): void
  tick(): void
}

export class Events extends Map<string, number> {
  count(what: string): void {
    this.add(what, 1)
  }

  add(what: string, count: number): void {
    this.set(what, (this.get(what) ?? 0) + count)
  }
}
