/** Links between the home of a conference and relays on other servers, over a bus that may lose what it carries. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import type { TakeLink } from '@chartseal/elgamal-session/relay'
import type { HomeLinks } from './home-links.js'
import type { Bus } from './nats-bus.js'
import { LinkEnd } from './nats-end.js'
import { HomeKeys, linkIdBytes, linkSubject } from './nats-seal.js'

export interface NatsLinksOptions {
  readonly bus: Bus
  /** 32 bytes that the servers of the clinic share. */
  readonly key: Uint8Array
  readonly random: Random
  /** Calls `tick` about once a second, and gives what ends that; left out, a timer. */
  everySecond?(tick: () => void): () => void
}

/** Links that were asked for and have not said a word yet; of one conference. */
const mostHalfOpen = 64

export class NatsLinks implements HomeLinks {
  readonly #options: NatsLinksOptions
  readonly #ends = new Set<LinkEnd>()
  readonly #stopTicks: () => void
  #isClosed = false

  constructor(options: NatsLinksOptions) {
    const { bus, everySecond = timer } = options
    this.#options = options
    this.#stopTicks = everySecond(() => this.#tick())
    bus.onBack(() => {
      for (const end of this.#ends) end.resumed()
    })
  }

  serve(id: string, take: TakeLink): () => void {
    const { bus, key } = this.#options
    const keys = new HomeKeys(key, decodeBase64Url(id))
    const known = new Map<string, LinkEnd>()
    const unsubscribe = bus.subscribe(keys.subject, bytes => {
      const outer = keys.opened(bytes)
      if (outer !== null && !this.#isClosed) this.#answer(keys, outer, known, take)
    })
    return () => {
      unsubscribe()
      for (const end of known.values()) if (end.isHalfOpen) end.lose()
    }
  }

  reach(id: string, take: TakeLink): void {
    const { bus, key, random } = this.#options
    const keys = new HomeKeys(key, decodeBase64Url(id))
    const outer = random.bytes(linkIdBytes)
    const end = new LinkEnd({ bus, inbox: linkSubject(outer), onOver: one => this.#ends.delete(one) })
    this.#ends.add(end)
    end.begin(take)
    if (this.#isClosed) queueMicrotask(() => end.lose())
    else
      end.ask(
        () => bus.publish(keys.subject, keys.open(outer), linkSubject(outer)),
        bytes => {
          const home = keys.answered(outer, bytes)
          if (home === null) return null
          const { toHome, toOuter } = keys.sealsOf(outer, home)
          return { peer: linkSubject(home), out: toHome, in: toOuter }
        },
      )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#ends].map(end => end.close()))
    this.#stopTicks()
    await this.#options.bus.close()
  }

  /** The same answer to the same question, which may come again. */
  #answer(keys: HomeKeys, outer: Uint8Array, known: Map<string, LinkEnd>, take: TakeLink): void {
    const { bus, random } = this.#options
    const peer = linkSubject(outer)
    const before = known.get(peer)
    if (before !== undefined) {
      before.answerAgain()
      return
    }
    const home = random.bytes(linkIdBytes)
    const { toHome, toOuter } = keys.sealsOf(outer, home)
    const end = new LinkEnd({
      bus,
      inbox: linkSubject(home),
      onOver: one => {
        this.#ends.delete(one)
        known.delete(peer)
      },
    })
    known.set(peer, end)
    this.#ends.add(end)
    makeRoom(known)
    end.offer({ peer, out: toOuter, in: toHome }, keys.answer(outer, home), take)
  }

  #tick(): void {
    for (const end of this.#ends) end.tick()
  }
}

/** Whoever plays questions of others again only has those forgotten that are as old. */
function makeRoom(known: ReadonlyMap<string, LinkEnd>): void {
  const waiting = [...known.values()].filter(({ isHalfOpen }) => isHalfOpen)
  for (const end of waiting.slice(0, Math.max(0, waiting.length - mostHalfOpen))) end.lose()
}

function timer(tick: () => void): () => void {
  const interval = setInterval(tick, 1_000)
  return () => clearInterval(interval)
}
