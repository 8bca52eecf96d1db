/** Hosts that have shown no ticket yet: so many of all, of one network and of one conference. */
import { Shares } from '../clinic/shares.js'
import { reasonText } from './closing.js'
import { closeCodes, type Peer } from './peer.js'

const most = 256
const mostOfNetwork = 16
const mostOfConference = 32

interface Stranger {
  readonly peer: Pick<Peer, 'close'>
  leave(): void
}

export class Strangers {
  readonly #shares = new Shares(most, mostOfNetwork)
  /** The oldest first. */
  readonly #ofConference = new Map<string, Set<Stranger>>()

  get size(): number {
    return this.#shares.total
  }

  /**
   * Gives what takes them out again; `null` where there is no room. Who knows the id of a conference pushes out strangers of
   * this one alone, the oldest first, so that its host comes in among them.
   */
  add(peer: Stranger['peer'], id: string, network: string): (() => void) | null {
    if (!this.#shares.take(network, 1)) return null
    const own = this.#ofConference.get(id) ?? new Set()
    const stranger: Stranger = {
      peer,
      leave: () => {
        if (!own.delete(stranger)) return
        this.#shares.give(network, 1)
        if (own.size === 0) this.#ofConference.delete(id)
      },
    }
    this.#ofConference.set(id, own.add(stranger))
    const [oldest] = own
    if (own.size > mostOfConference && oldest !== undefined) turnOut(oldest, 'busy', closeCodes.later, 0)
    return stranger.leave
  }

  /** All of them go. */
  endAll(retryMs: number): void {
    for (const own of [...this.#ofConference.values()])
      for (const one of [...own]) turnOut(one, 'restart', closeCodes.restart, retryMs)
  }
}

function turnOut({ peer, leave }: Stranger, reason: string, code: number, retryMs: number): void {
  leave()
  peer.close(code, reasonText(reason, retryMs))
}
