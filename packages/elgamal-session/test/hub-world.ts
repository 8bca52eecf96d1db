/** A hub with several relays, a core that admits everybody and clients that move: an event loop that a test turns by hand. */
import { concat } from '@chartseal/core/bytes'
import { systemRandom } from '@chartseal/core/system'
import {
  decodeToCore,
  encodeToRelay,
  type FrameLog,
  Hub,
  linkPair,
  memoryFrameLog,
  OuterRelay,
  type RelayLinkEvents,
  type RelayPolicy,
  type TakeLink,
  type ToCore,
} from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'
import { broadcast, conference, hello, numberOf, source, startMs } from './relay-world.js'

/** Makes a link between a hub and a relay; gives what loses it, at both ends. */
export type LinkMaker = (hub: TakeLink, relay: TakeLink, soon: (work: () => void) => void) => () => void

export const memoryLink: LinkMaker = (hub, relay, soon) => {
  const lost: (() => void)[] = []
  /** Whoever loses a link hears it, whichever end it is. */
  const cuttable =
    (take: TakeLink): TakeLink =>
    link => {
      const events: RelayLinkEvents = take(link)
      lost.push(() => {
        link.close()
        events.onLost()
      })
      return events
    }
  linkPair(cuttable(hub), cuttable(relay), soon)
  return () => {
    for (const lose of lost.splice(0)) lose()
  }
}

const isSigned = (frame: Uint8Array): boolean => frame[1] === 40 && frame[2] !== 12
const u32 = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0)
const u32Of = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** A hello that says who it is and how far they are, where a real one has a handshake. */
function helloOf(client: Client, nowMs: number): Uint8Array {
  return concat(hello({ sentAtMs: nowMs }), u32Of(client.number), u32Of(client.newest))
}

/** Somebody who takes part: wherever they are, everything must come in order. */
export class Client {
  readonly number: number
  readonly got: number[] = []
  /** What the core said to them alone. */
  readonly own: number[] = []
  /** From where on everything is theirs; `null` before they came for the first time. */
  since: number | null = null
  at: { readonly relay: Outer; readonly connection: number } | null = null
  isStuck = false
  pendingBytes = 0
  ends: string[] = []

  constructor(number: number) {
    this.number = number
  }

  get newest(): number {
    return this.got.at(-1) ?? this.since ?? 0
  }
}

/** One relay, and the connections that it has. */
export class Outer {
  readonly world: HubWorld
  readonly relay: OuterRelay
  readonly clients = new Map<number, Client>()
  isOver = false
  lose: () => void = () => undefined
  #connections = 0

  constructor(world: HubWorld) {
    this.world = world
    this.relay = new OuterRelay({
      conference,
      clock: world.clock,
      random: systemRandom,
      policy: world.policy,
      soon: work => world.soon(work),
      onFault: error => world.faults.push(error),
      onOver: () => {
        this.isOver = true
      },
      sockets: {
        write: (connection, frames) => this.#write(connection, frames),
        pendingBytes: connection => this.clients.get(connection)?.pendingBytes ?? 0,
        close: (connection, reason) => this.#close(connection, reason),
      },
    })
  }

  connect(client: Client): void {
    this.#connections += 1
    const connection = this.#connections
    this.clients.set(connection, client)
    client.at = { relay: this, connection }
    client.isStuck = false
    client.pendingBytes = 0
    this.relay.opened(connection, source(1))
    if (client.at?.relay === this) this.relay.received(connection, helloOf(client, this.world.clock.nowMs()))
  }

  /** The client goes. */
  gone(connection: number): void {
    const client = this.clients.get(connection)
    this.clients.delete(connection)
    if (client !== undefined) client.at = null
    this.relay.closed(connection)
  }

  /** The process dies: nobody is told anything. */
  die(): void {
    this.isOver = true
    for (const client of this.clients.values()) client.at = null
    this.clients.clear()
    this.lose()
  }

  #write(connection: number, frames: readonly Uint8Array[]): number {
    const client = this.clients.get(connection)
    if (client === undefined) return 0
    for (const frame of frames) this.world.received(client, frame)
    if (client.isStuck) client.pendingBytes += frames.reduce((sum, { length }) => sum + length, 0)
    return client.pendingBytes
  }

  #close(connection: number, reason: string): void {
    const client = this.clients.get(connection)
    this.clients.delete(connection)
    if (client === undefined) return
    client.at = null
    client.ends.push(reason)
  }
}

export interface HubWorldOptions {
  readonly policy?: Partial<RelayPolicy>
  readonly log?: FrameLog
  readonly link?: LinkMaker
}

export class HubWorld {
  readonly clock = fixedClock(startMs)
  readonly policy: Partial<RelayPolicy>
  readonly log: FrameLog
  readonly faults: unknown[] = []
  readonly told: ToCore[] = []
  readonly clients: Client[] = []
  hub: Hub
  relays: Outer[] = []
  isAttached = false
  /** It has been told where the log is. */
  #isLive = false
  #attachments = 0
  ends = 0
  corePendingBytes = 0
  /** The core hears, and answers nothing. */
  mute = false
  /** Published, in order; those up to `logged` are known to be durable. */
  readonly frames: Uint8Array[] = []
  logged = 0
  /** Members as the core knows them, by connection. */
  readonly members = new Map<number, Client>()
  /** Of the link before. */
  #parked: ReadonlyMap<number, Client> = new Map()
  readonly #work: (() => void)[] = []
  readonly linkMaker: LinkMaker

  constructor({ policy = {}, log = memoryFrameLog(), link = memoryLink }: HubWorldOptions = {}) {
    this.policy = policy
    this.log = log
    this.linkMaker = link
    this.hub = this.#newHub()
  }

  #newHub(): Hub {
    const hub: Hub = new Hub({
      log: this.log,
      clock: this.clock,
      random: systemRandom,
      policy: this.policy,
      onEnd: () => {
        this.ends += 1
      },
      onFault: error => this.faults.push(error),
      toCore: message => {
        const attachment = this.#attachments
        this.soon(() => {
          if (attachment === this.#attachments) this.#heard(decodeToCore(message))
        })
        return this.corePendingBytes
      },
    })
    return hub
  }

  addRelay(hub: TakeLink = this.hub.join): Outer {
    const relay = new Outer(this)
    this.relays = [...this.relays.filter(({ isOver }) => !isOver), relay]
    relay.lose = this.linkMaker(hub, relay.relay.join, work => this.soon(work))
    return relay
  }

  /** Those that take connections. */
  get living(): readonly Outer[] {
    return this.relays.filter(({ isOver }) => !isOver)
  }

  newClient(): Client {
    const client = new Client(this.clients.length)
    this.clients.push(client)
    return client
  }

  attachCore(): void {
    this.#unlink()
    this.isAttached = true
    this.hub.coreAttached()
  }

  /** The link between host and home is gone, with what was on its way. */
  #unlink(): void {
    this.#attachments += 1
    this.isAttached = false
    this.#isLive = false
  }

  detachCore(): void {
    this.#unlink()
    this.hub.coreGone()
  }

  /** The home's process dies: relays lose their links, the log stays. */
  restartHome(): void {
    const before = this.hub
    this.#unlink()
    this.members.clear()
    this.hub = this.#newHub()
    for (const relay of this.relays) relay.lose()
    before.coreGone()
  }

  publish(sizeBytes = 100): void {
    const frame = broadcast(this.frames.length + 1, sizeBytes)
    this.frames.push(frame)
    this.say({ kind: 'publish', frame })
  }

  say(message: Parameters<typeof encodeToRelay>[0]): void {
    if (this.#isLive) this.hub.fromCore(encodeToRelay(message))
  }

  /** What reaches a client. */
  received(client: Client, frame: Uint8Array): void {
    if (!isSigned(frame)) {
      if (frame[1] === 50) client.own.push(numberOf(frame))
      return
    }
    const durable = this.log.newest()
    if (durable === null || numberOf(frame) > numberOf(durable)) throw new Error('given before it is durable')
    client.got.push(numberOf(frame))
  }

  soon(work: () => void): void {
    this.#work.push(work)
  }

  turn(): boolean {
    const now = this.#work.splice(0)
    for (const work of now) work()
    return now.length > 0
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; ) {
      quiet = this.turn() ? 0 : quiet + 1
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Some of what waits happens. */
  async step(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) {
      this.turn()
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  #heard(message: ToCore): void {
    this.told.push(message)
    if (this.mute) return
    if (message.kind === 'attached') this.#goOn(Number(message.head))
    else if (message.kind === 'opened') this.#named(message.connection)
    else if (message.kind === 'logged') this.logged = Math.max(this.logged, Number(message.sequence))
    else if (message.kind === 'closed') this.members.delete(message.connection)
    else if (message.kind === 'frame') this.#said(message.connection, message.frame)
  }

  /** Everything that the log may lack is published again. */
  #goOn(head: number): void {
    this.#isLive = true
    this.#parked = new Map(this.members)
    this.members.clear()
    for (const frame of this.frames.slice(Math.min(head, this.logged))) this.say({ kind: 'publish', frame })
  }

  /** Who has stayed while the link was away. */
  #named(connection: number): void {
    const client = this.#parked.get(connection)
    if (client !== undefined) this.members.set(connection, client)
  }

  #said(connection: number, frame: Uint8Array): void {
    if (frame[1] !== 5) {
      // Of nobody that it knows.
      if (!this.members.has(connection)) this.say({ kind: 'drop', connection, frame: null })
      return
    }
    const client = this.clients[u32(frame.subarray(-8))]
    if (client === undefined) throw new Error('a hello of nobody')
    client.since ??= this.frames.length
    this.members.set(connection, client)
    const after = client.got.length > 0 ? u32(frame.subarray(-4)) : client.since
    this.say({ kind: 'admit', connection, after: BigInt(after) })
  }
}
