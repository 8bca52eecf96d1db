/** Links between the home of a conference and relays on other servers, over a bus that may lose what it carries. */
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import type { TakeLink } from '@chartseal/elgamal-session/relay'
import type { FindHome, HomeLinks } from './home-links.js'
import type { Bus } from './nats-bus.js'
import { LinkEnd } from './nats-end.js'
import { type Asked, ClinicKeys, idBytes, linkSubject } from './nats-seal.js'

export interface NatsLinksOptions {
  readonly bus: Bus
  /** 32 bytes that the servers of the clinic share. */
  readonly key: Uint8Array
  readonly random: Random
  /** What is asked for could not be looked up. */
  onFault(error: unknown): void
  /** Calls `tick` about once a second, and gives what ends that; left out, a timer. */
  everySecond?(tick: () => void): () => void
}

/** Links that were asked for and have not said a word yet. */
const mostHalfOpen = 1_024
/** Numbers of links that are not answered again, once they are over. */
const mostRemembered = 65_536
/** What the bus gives, too, where nobody listens. */
const nobody = new Uint8Array(0)

export class NatsLinks implements HomeLinks {
  readonly #options: NatsLinksOptions
  readonly #keys: ClinicKeys
  readonly #ends = new Set<LinkEnd>()
  /** Of links that others have asked for, by where they listen; `null` for one that is over, or not there yet. */
  readonly #asked = new Map<string, LinkEnd | null>()
  readonly #stopTicks: () => void
  #stopServing: () => void = () => undefined
  #isClosed = false

  constructor(options: NatsLinksOptions) {
    const { bus, key, everySecond = timer } = options
    this.#options = options
    this.#keys = new ClinicKeys(key)
    this.#stopTicks = everySecond(() => this.#tick())
    bus.onBack(() => {
      for (const end of this.#ends) end.resumed()
    })
  }

  serve(find: FindHome): void {
    this.#stopServing = this.#options.bus.subscribe(this.#keys.subject, bytes => {
      const asked = this.#keys.asked(bytes)
      if (asked !== null && !this.#isClosed) void this.#asks(asked, find)
    })
  }

  reach(id: string, take: TakeLink): void {
    const { bus, random } = this.#options
    const keys = this.#keys
    const asked = { outer: random.bytes(idBytes), conference: decodeBase64Url(id) }
    const inbox = linkSubject(asked.outer)
    const end = this.#newEnd(inbox, () => undefined)
    end.begin(take)
    if (this.#isClosed) queueMicrotask(() => end.lose())
    else
      end.ask(
        () => bus.publish(keys.subject, keys.ask(asked, random), inbox),
        bytes => {
          const home = keys.answered(asked, bytes)
          if (home === null) return null
          const { toHome, toOuter } = keys.sealsOf(asked, home)
          return { peer: linkSubject(home), out: toHome, in: toOuter }
        },
      )
  }

  isThere(): boolean {
    return !this.#isClosed && this.#options.bus.isThere()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopServing()
    await Promise.all([...this.#ends].map(end => end.close()))
    this.#stopTicks()
    await this.#options.bus.close()
  }

  /** The same answer to the same question, which may come again while its link is there. */
  async #asks(asked: Asked, find: FindHome): Promise<void> {
    const peer = linkSubject(asked.outer)
    if (this.#asked.has(peer)) {
      this.#asked.get(peer)?.answerAgain()
      return
    }
    this.#remember(peer, null)
    const take = await this.#found(asked, find)
    if (this.#isClosed) return
    if (take === null) this.#options.bus.publish(peer, nobody, peer)
    else this.#answer(asked, peer, take)
  }

  async #found({ conference }: Asked, find: FindHome): Promise<TakeLink | null> {
    try {
      return await find(encodeBase64Url(conference))
    } catch (error) {
      this.#options.onFault(error)
      return null
    }
  }

  #answer(asked: Asked, peer: string, take: TakeLink): void {
    const home = this.#options.random.bytes(idBytes)
    const { toHome, toOuter } = this.#keys.sealsOf(asked, home)
    const end = this.#newEnd(linkSubject(home), () => this.#remember(peer, null))
    this.#remember(peer, end)
    this.#makeRoom()
    end.offer({ peer, out: toOuter, in: toHome }, this.#keys.answer(asked, home), take)
  }

  #newEnd(inbox: string, onOver: () => void): LinkEnd {
    const end = new LinkEnd({
      bus: this.#options.bus,
      inbox,
      onOver: () => {
        this.#ends.delete(end)
        onOver()
      },
    })
    this.#ends.add(end)
    return end
  }

  /** The newest at the end; of those that are over the oldest are forgotten. */
  #remember(peer: string, end: LinkEnd | null): void {
    this.#asked.delete(peer)
    this.#asked.set(peer, end)
    if (this.#asked.size <= mostRemembered) return
    for (const [oldest, one] of this.#asked)
      if (one === null) {
        this.#asked.delete(oldest)
        return
      }
  }

  /** Whoever asks and says nothing pushes out only those who do the same. */
  #makeRoom(): void {
    const waiting = [...this.#ends].filter(end => end.isOffered)
    for (const end of waiting.slice(0, Math.max(0, waiting.length - mostHalfOpen))) end.lose()
  }

  #tick(): void {
    for (const end of this.#ends) end.tick()
  }
}

function timer(tick: () => void): () => void {
  const interval = setInterval(tick, 1_000)
  return () => clearInterval(interval)
}
