/** A relay on a machine of its own: connections of patients, whose conferences are at the server of the clinic. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { RelayPolicy } from '@chartseal/elgamal-session/relay'
import type { ConferenceCounts } from './conferences.js'
import { Entrances } from './entrances.js'
import type { HomeLinks } from './home-links.js'
import { networkHash } from './network-hash.js'
import type { Peer } from './peer.js'
import { PingWheel } from './wheel.js'

export interface RelayServerOptions {
  readonly links: HomeLinks
  readonly clock: Clock
  readonly random: Random
  readonly policy: Partial<RelayPolicy>
  onFault(error: unknown): void
}

const tickMs = 1_000

export class RelayServer {
  readonly #links: HomeLinks
  readonly #key: Uint8Array
  readonly #wheel: PingWheel
  readonly #entrances: Entrances
  readonly #timer: NodeJS.Timeout
  readonly #refused = new Map<string, number>()
  #frames = 0

  constructor(options: RelayServerOptions) {
    const { links, random } = options
    this.#links = links
    this.#key = random.bytes(32)
    this.#wheel = new PingWheel(random)
    this.#entrances = new Entrances({
      ...options,
      reach: (id, take) => links.reach(id, take),
      counters: {
        delivered: count => {
          this.#frames += count
        },
        refused: reason => void this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1),
      },
    })
    this.#timer = setInterval(() => {
      this.#wheel.turn()
      this.#entrances.tick()
    }, tickMs)
  }

  counts(): ConferenceCounts {
    return { conferences: this.#entrances.size, hosts: 0, relays: 1, ...this.#entrances.counts() }
  }

  get frames(): number {
    return this.#frames
  }

  get refused(): ReadonlyMap<string, number> {
    return this.#refused
  }

  /** Somebody who has connected to take part. @param network it is counted by its keyed hash alone */
  join(id: string, peer: Peer, network: string): void {
    this.#wheel.add(peer)
    peer.onClose(() => this.#wheel.remove(peer))
    this.#entrances.join(id, peer, networkHash(this.#key, network))
  }

  /** Everybody is told to come again, and the server of the clinic that they have gone. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#entrances.stop()
    await this.#links.close()
  }
}
