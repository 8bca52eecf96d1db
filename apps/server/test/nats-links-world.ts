/** Servers on a bus in one process, whose seconds pass when a test says so. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import type { RelayLink, TakeLink } from '@chartseal/elgamal-session/relay'
import type { FindHome } from '../dist/conference/home-links.js'
import { NatsLinks } from '../dist/conference/nats-links.js'
import { FakeBus, quiet } from './fake-bus.js'

export const conference: Uint8Array = systemRandom.bytes(16)
export const id: string = encodeBase64Url(conference)
const clinicKey = systemRandom.bytes(32)
const text = (message: Uint8Array): string => Buffer.from(message).toString()
export const bytes = (message: string): Uint8Array => Buffer.from(message)

/** What one end of a link has heard. */
class Side {
  readonly heard: string[] = []
  link: RelayLink | null = null
  losses = 0
  drained = 0
  readonly take: TakeLink = link => {
    this.link = link
    return {
      onMessage: message => void this.heard.push(text(message)),
      onDrained: () => {
        this.drained += 1
      },
      onLost: () => {
        this.losses += 1
      },
    }
  }

  say(...messages: readonly string[]): void {
    for (const message of messages) this.link?.send(bytes(message))
  }
}

/** A server on the bus, whose seconds pass when they are told to. */
export class Server {
  readonly links: NatsLinks
  #ticks: () => void = () => undefined
  readonly sides: Side[] = []
  /** What it was asked for. */
  readonly found: string[] = []
  readonly faults: unknown[] = []

  constructor(bus: FakeBus, { key = clinicKey, maxBytes = 1_048_576 } = {}) {
    this.links = new NatsLinks({
      bus: bus.connect(maxBytes),
      key,
      random: systemRandom,
      onFault: error => void this.faults.push(error),
      everySecond: tick => {
        this.#ticks = tick
        return () => {
          this.#ticks = () => undefined
        }
      },
    })
  }

  tick(times = 1): void {
    for (let i = 0; i < times; i++) this.#ticks()
  }

  serve(find: FindHome = async name => (name === id ? this.taking : 'nobody')): void {
    this.links.serve(name => {
      this.found.push(name)
      return find(name)
    })
  }

  readonly taking: TakeLink = link => {
    const side = new Side()
    this.sides.push(side)
    return side.take(link)
  }

  reach(name = id): Side {
    const side = new Side()
    this.links.reach(name, side.take)
    return side
  }

  get side(): Side {
    const [one] = this.sides
    if (one === undefined) throw new Error('nobody has come')
    return one
  }
}

export interface Joined {
  readonly bus: FakeBus
  readonly home: Server
  readonly outer: Server
  readonly there: Side
}

export async function joined(): Promise<Joined> {
  const bus = new FakeBus()
  const [home, outer] = [new Server(bus), new Server(bus)]
  home.serve()
  const there = outer.reach()
  await quiet()
  return { bus, home, outer, there }
}
