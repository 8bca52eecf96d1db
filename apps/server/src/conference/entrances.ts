/** Relays of conferences whose frames and hosts are in another process: each is there while somebody takes part through it. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { RelayCounts, TakeLink } from '@chartseal/elgamal-session/relay'
import { Entrance, type EntranceOptions } from './entrance.js'
import type { Peer } from './peer.js'

export interface EntrancesOptions extends Omit<EntranceOptions, 'conference' | 'onOver'> {
  /** The way to the home of a conference. Where there is none, the link is lost soon. @param id in base64url */
  reach(id: string, take: TakeLink): void
}

/** Nobody is there for so long: its link is given up. */
const idleMs = 60_000

export class Entrances {
  readonly #options: EntrancesOptions
  readonly #open = new Map<string, Entrance>()

  constructor(options: EntrancesOptions) {
    this.#options = options
  }

  counts(): Omit<RelayCounts, 'hasCore'> {
    const all = [...this.#open.values()].map(one => one.counts())
    const sum = (of: (one: RelayCounts) => number): number => all.reduce((total, one) => total + of(one), 0)
    return {
      connections: sum(({ connections }) => connections),
      members: sum(({ members }) => members),
      behind: sum(({ behind }) => behind),
    }
  }

  /** How many conferences there are. */
  get size(): number {
    return this.#open.size
  }

  /** Somebody who may be a patient. @param source 16 bytes */
  join(id: string, peer: Peer, source: Uint8Array): void {
    const known = this.#open.get(id) ?? this.#enter(id)
    known.join(peer, source)
  }

  /** About once a second. */
  tick(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const one of this.#open.values()) {
      one.tick()
      const { idleSinceMs } = one
      if (idleSinceMs !== null && Math.abs(nowMs - idleSinceMs) >= idleMs) one.stop()
    }
  }

  /** Tells everybody to come again. */
  stop(): void {
    for (const one of this.#open.values()) one.stop()
  }

  #enter(id: string): Entrance {
    const { reach } = this.#options
    const entrance = new Entrance({
      ...this.#options,
      conference: decodeBase64Url(id),
      onOver: () => {
        if (this.#open.get(id) === entrance) this.#open.delete(id)
      },
    })
    this.#open.set(id, entrance)
    reach(id, entrance.link)
    return entrance
  }
}
