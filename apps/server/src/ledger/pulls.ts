/** Asks the other nodes of a ledger for what is new, each once a second, and less often one that does not answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpPeer, type PeerFetch } from './http-peer.js'

export interface PullsOptions {
  /** Origins. */
  readonly peers: readonly string[]
  readonly fetch: PeerFetch
  /** Takes what a peer has, or does nothing while this process may not write. */
  sync(peer: HttpPeer): Promise<void>
  /** Once of each outage. */
  onFault(error: unknown): void
}

const pullMs = 1_000
const longestPullMs = 30_000

export class Pulls {
  readonly #options: PullsOptions
  readonly #ended = new AbortController()
  readonly #there = new Set<string>()
  #running: readonly Promise<void>[] = []

  constructor(options: PullsOptions) {
    this.#options = options
  }

  /** How many answered last. */
  get there(): number {
    return this.#there.size
  }

  /** @param ledger the id that all of them must have */
  start(ledger: Uint8Array): void {
    this.#running = this.#options.peers.map(origin => this.#pull(origin, ledger))
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#running)
  }

  async #pull(origin: string, ledger: Uint8Array): Promise<void> {
    const { signal } = this.#ended
    const peer = new HttpPeer(origin, ledger, this.#options.fetch, signal)
    for (let waitMs = pullMs; !signal.aborted; ) {
      try {
        await this.#options.sync(peer)
        this.#there.add(origin)
        waitMs = pullMs
      } catch (error) {
        const wasThere = this.#there.delete(origin) || waitMs === pullMs
        if (wasThere && !signal.aborted) this.#options.onFault(error)
        waitMs = Math.min(2 * waitMs, longestPullMs)
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}
