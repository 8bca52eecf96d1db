/**
 * Asks the other nodes of a ledger for what is new: as soon as they say that there is something, and each slot or second
 * otherwise; less often one that does not answer. Whatever a peer says, it is asked no more often than its pace allows.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SealRule } from '@chartseal/emr-ledger'
import { HttpPeer, type PeerFetch } from './http-peer.js'

export interface PullsOptions {
  /** Origins. */
  readonly peers: readonly string[]
  readonly fetch: PeerFetch
  readonly pace: Pace
  /** Takes what a peer has, or does nothing while this process may not write. */
  sync(peer: HttpPeer): Promise<void>
  /** Once of each outage. */
  onFault(error: unknown): void
}

/** How often one peer is asked. */
export interface Pace {
  /** For how long it may wait until there is news. */
  readonly waitSeconds: number
  /** Between two pulls at least, where it says that there is news. */
  readonly gapMs: number
  /** Between two pulls, where it cannot say. */
  readonly pullMs: number
  /** Between two attempts at most, while it does not answer. */
  readonly longestMs: number
}

const firstRetryMs = 1_000
/** Whoever is awaited is asked again no sooner, however often it is said that it is there. */
const soonestMs = 250

/** Where sealers vote, within a fraction of a slot. */
export function paceOf(seal: SealRule): Pace {
  if (seal.kind !== 'poa') return { waitSeconds: 10, gapMs: 250, pullMs: 1_000, longestMs: 30_000 }
  const slotMs = 1_000 * seal.slotSeconds
  return {
    waitSeconds: Math.min(seal.slotSeconds, 10),
    gapMs: Math.min(slotMs / 10, 250),
    pullMs: Math.min(slotMs / 2, 1_000),
    longestMs: Math.min(slotMs, 10_000),
  }
}

export class Pulls {
  readonly #options: PullsOptions
  readonly #ended = new AbortController()
  readonly #there = new Map<string, HttpPeer>()
  readonly #retries = new Set<AbortController>()
  #running: readonly Promise<void>[] = []

  constructor(options: PullsOptions) {
    this.#options = options
    // Every peer waits by this signal: Node takes more than ten for a leak.
    setMaxListeners(0, this.#ended.signal)
  }

  /** How many answered last. */
  get there(): number {
    return this.#there.size
  }

  /** What the clocks of those who answered last said then, in seconds. */
  get clocks(): readonly bigint[] {
    return [...this.#there.values()].flatMap(({ clock }) => (clock === null ? [] : [clock]))
  }

  /** @param ledger the id that all of them must have */
  start(ledger: Uint8Array): void {
    this.#running = this.#options.peers.map(origin => this.#pull(origin, ledger))
  }

  /** Whoever did not answer last is asked again, now: it may be there again. */
  wake(): void {
    for (const retry of this.#retries) retry.abort()
  }

  async close(): Promise<void> {
    this.#ended.abort()
    this.wake()
    await Promise.all(this.#running)
  }

  async #pull(origin: string, ledger: Uint8Array): Promise<void> {
    const { signal } = this.#ended
    const { fetch, pace } = this.#options
    const peer = new HttpPeer(origin, ledger, fetch, signal)
    let known = ''
    let isNew = true
    for (let retryMs = 0; !signal.aborted; ) {
      try {
        // What comes while it is pulled is news again.
        const { news, waits } = await peer.news(known, this.#there.has(origin) ? pace.waitSeconds : 0)
        await this.#options.sync(peer)
        this.#there.set(origin, peer)
        known = news
        retryMs = 0
        await this.#pause(waits ? pace.gapMs : pace.pullMs)
      } catch (error) {
        const wasThere = this.#there.delete(origin) || isNew
        if (wasThere && !signal.aborted) this.#options.onFault(error)
        retryMs = Math.min(Math.max(2 * retryMs, firstRetryMs), pace.longestMs)
        await this.#pauseToRetry(retryMs)
      }
      isNew = false
    }
  }

  async #pause(forMs: number, signal: AbortSignal = this.#ended.signal): Promise<void> {
    await sleep(forMs, undefined, { signal }).catch(() => undefined)
  }

  /** As long, or until it is woken. */
  async #pauseToRetry(forMs: number): Promise<void> {
    await this.#pause(soonestMs)
    const retry = new AbortController()
    if (this.#ended.signal.aborted) return
    this.#retries.add(retry)
    await this.#pause(forMs - soonestMs, retry.signal)
    this.#retries.delete(retry)
  }
}
