/** The conferences of a server: which are here, who may come in, and what is forgotten. */
import { createHash } from 'node:crypto'
import { encodeBase64Url } from '@chartseal/core/encoding'
import {
  defaultRelayPolicy,
  encodeRefusal,
  type RelayCounters,
  type RelayCounts,
  type RelayLink,
  type RelayLinkEvents,
} from '@chartseal/elgamal-session/relay'
import type { StoredConference } from '../store.js'
import { closeCodeOf, reasonText } from './closing.js'
import type { HomeLinks } from './home-links.js'
import { Hosted } from './hosted.js'
import { networkHash } from './network-hash.js'
import { OpenConferences, type OpenConferencesOptions } from './open-conferences.js'
import { closeCodes, type Peer } from './peer.js'
import type { Join } from './relay-child.js'
import { RelayProcesses } from './relay-processes.js'
import { Strangers } from './strangers.js'
import { PingWheel } from './wheel.js'

export interface ConferencesOptions extends Omit<OpenConferencesOptions, 'counters'> {
  /** How many processes hold connections of patients; with 0 this one does. */
  readonly relays: number
  /** How relays on other machines reach this server; `null` for not at all. */
  readonly homes: HomeLinks | null
  /** A relay process takes connections now. */
  onRelay(pid: number): void
}

export interface ConferenceCounts extends Omit<RelayCounts, 'hasCore'> {
  readonly conferences: number
  readonly hosts: number
  readonly relays: number
}

/** A request for a WebSocket, and what is done with it where no other process takes it. */
export type HandOver = Pick<Join, 'request' | 'socket' | 'head' | 'here'>

const nobody = { connections: 0, members: 0, behind: 0 }
const ticketBytes = 32
export const ticketMs = 60_000
const ticketWaitMs = 10_000
const tickMs = 1_000
const checkEvery = 2

export class Conferences {
  readonly #options: ConferencesOptions
  readonly #key: Uint8Array
  readonly #homes: OpenConferences
  readonly #wheel: PingWheel
  readonly #strangers = new Strangers()
  readonly #processes: RelayProcesses | null
  readonly #timer: NodeJS.Timeout
  readonly #refused = new Map<string, number>()
  #frames = 0
  #turns = 0
  #isStopping = false

  constructor(options: ConferencesOptions) {
    this.#options = options
    this.#key = options.random.bytes(32)
    this.#wheel = new PingWheel(options.random)
    this.#homes = new OpenConferences({ ...options, counters: this.#counters })
    this.#processes = options.relays > 0 ? this.#newProcesses() : null
    this.#timer = setInterval(() => this.#turn(), tickMs).unref()
  }

  /** Resolves once the relay processes take connections. */
  async start(): Promise<void> {
    await this.#processes?.start()
    this.#options.homes?.serve(id => this.#homes.homeOf(id))
  }

  /** Of all processes of this server. */
  counts(): ConferenceCounts {
    const open = this.#homes.open.map(one => one.counts())
    const sum = (of: (one: typeof nobody) => number): number =>
      [...open, this.#processes?.counts() ?? nobody].reduce((total, one) => total + of(one), 0)
    return {
      conferences: open.length,
      hosts: open.filter(({ hasCore }) => hasCore).length,
      relays: this.#processes?.size ?? 0,
      connections: sum(({ connections }) => connections),
      members: sum(({ members }) => members),
      behind: sum(({ behind }) => behind),
    }
  }

  /** Frames for all that were written to members, since the start. */
  get frames(): number {
    return this.#frames + (this.#processes?.counts().frames ?? 0)
  }

  /** How many were refused or ended, by reason. */
  get refused(): ReadonlyMap<string, number> {
    const total = new Map(this.#refused)
    for (const [reason, count] of this.#processes?.refused() ?? [])
      total.set(reason, (total.get(reason) ?? 0) + count)
    return total
  }

  /** What a host shows once, within a minute. */
  async newTicket(id: string): Promise<string> {
    const { store, random, clock } = this.#options
    const ticket = random.bytes(ticketBytes)
    await store.conferences.setTicket(id, hashOf(ticket), clock.nowMs() + ticketMs)
    return encodeBase64Url(ticket)
  }

  /**
   * Somebody who asks to take part, before their handshake: a relay process takes them, where there is one and the conference
   * is here; in any other case they come {@link HandOver.here}.
   */
  async handOver(
    conference: StoredConference,
    { here, ...request }: HandOver,
    network: string,
  ): Promise<void> {
    const processes = this.#processes
    const found = processes === null ? 'busy' : await this.#homes.here(conference)
    const join = () => ({ ...request, here, id: conference.id, source: this.#sourceOf(network) })
    if (!(found instanceof Hosted) || processes?.give(join()) !== true) here()
  }

  /** Somebody who has connected to take part. @param network it is counted by its keyed hash alone */
  async join(conference: StoredConference, peer: Peer, network: string): Promise<void> {
    this.#watch(peer)
    peer.pause()
    try {
      const hosted = await this.#homes.here(conference)
      if (hosted instanceof Hosted) hosted.join(peer, this.#sourceOf(network))
      else await this.#turnAway(peer, conference.id, hosted)
    } catch (error) {
      this.#failed(peer, error)
    } finally {
      peer.resume()
    }
  }

  /** Somebody who has connected to be its host: their first message is the ticket. */
  host(conference: StoredConference, peer: Peer, network: string): void {
    const leave = this.#isStopping ? null : this.#strangers.add(peer, conference.id, network)
    if (leave === null) {
      peer.close(closeCodes.later, reasonText('busy', defaultRelayPolicy.retryMs))
      return
    }
    this.#watch(peer)
    const late = setTimeout(() => peer.close(closeCodes.policy, 'no ticket'), ticketWaitMs).unref()
    const known = (): void => {
      clearTimeout(late)
      leave()
    }
    peer.onClose(known)
    let take = (ticket: Uint8Array): void => {
      // What comes behind the ticket waits until it is known; of the socket nothing more is read meanwhile.
      const early: Uint8Array[] = []
      take = bytes => void early.push(bytes)
      known()
      peer.pause()
      void this.#attach(conference, peer, ticket)
        .then(messages => {
          take = messages
          for (const bytes of early) messages(bytes)
        })
        .catch(error => this.#failed(peer, error))
        .finally(() => peer.resume())
    }
    peer.onMessage(bytes => take(bytes))
  }

  /** It has ended: everybody is told, and goes. Who reads slowly is not waited for here. */
  ended(id: string): void {
    void this.#homes.close(id, 'ended')
  }

  /** Whether the host of a conference is here. @param id in base64url */
  hasHost(id: string): boolean {
    return this.#homes.find(id)?.counts().hasCore ?? false
  }

  /** Removes the files of conferences that nobody knows any more; gives how many. */
  sweep(): Promise<number> {
    return this.#homes.sweep()
  }

  /** Nobody new comes in; everybody is told when to come again. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#strangers.endAll(defaultRelayPolicy.retryMs)
    await this.#homes.stop()
    await this.#processes?.end()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.stop()
    await this.#options.homes?.close()
  }

  async #attach(
    { id }: StoredConference,
    peer: Peer,
    ticket: Uint8Array,
  ): Promise<(bytes: Uint8Array) => void> {
    const { store, place, clock } = this.#options
    const shown = { hash: hashOf(ticket), place, nowMs: clock.nowMs() }
    const isRight = ticket.length === ticketBytes && (await store.conferences.takeTicket(id, shown))
    const conference = isRight ? await store.conferences.find(id) : null
    const hosted = conference === null ? 'ticket' : await this.#homes.here(conference)
    if (hosted instanceof Hosted) return hosted.attach(peer)
    peer.close(hosted === 'ticket' ? closeCodes.ticket : closeCodeOf(hosted), reasonText(hosted, 0))
    return () => undefined
  }

  get #counters(): RelayCounters {
    return {
      delivered: count => {
        this.#frames += count
      },
      refused: reason => this.#countRefused(reason),
    }
  }

  #newProcesses(): RelayProcesses {
    const { relays: count, policy, clock, onRelay, onFault } = this.#options
    return new RelayProcesses({
      count,
      policy,
      clock,
      onFault,
      onStart: onRelay,
      accept: (conference, link) => {
        const hosted = this.#homes.find(encodeBase64Url(conference))
        return hosted === null ? refusedLink(link) : hosted.link(link)
      },
    })
  }

  /** Whoever comes to a conference that its host has ended gets the word of the host first, which a patient can believe. */
  async #turnAway(peer: Peer, id: string, reason: string): Promise<void> {
    const { clock, onFault } = this.#options
    const retryMs = defaultRelayPolicy.retryMs
    this.#countRefused(reason)
    const last = reason === 'ended' ? await this.#homes.lastWord(id).catch(onFault) : null
    const refusal = encodeRefusal({ reason, nowMs: clock.nowMs(), retryMs })
    peer.write(last instanceof Uint8Array ? [last, refusal] : [refusal])
    peer.close(closeCodeOf(reason), reasonText(reason, retryMs))
  }

  /** It can be tried again later. */
  #failed(peer: Peer, error: unknown): void {
    this.#options.onFault(error)
    peer.close(closeCodes.later, reasonText('busy', defaultRelayPolicy.retryMs))
  }

  #countRefused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }

  #watch(peer: Peer): void {
    this.#wheel.add(peer)
    peer.onClose(() => this.#wheel.remove(peer))
  }

  #sourceOf(network: string): Uint8Array {
    return networkHash(this.#key, network)
  }

  #turn(): void {
    this.#wheel.turn()
    for (const one of this.#homes.open) one.tick()
    this.#processes?.turn()
    this.#turns += 1
    if (this.#turns % checkEvery === 0) void this.#homes.check()
  }
}

/** It was closed meanwhile: whoever takes part comes again. */
function refusedLink(link: RelayLink): RelayLinkEvents {
  link.close()
  return { onMessage: () => undefined, onDrained: () => undefined, onLost: () => undefined }
}

function hashOf(ticket: Uint8Array): Uint8Array {
  return createHash('sha256').update('chartseal/host-ticket/v2').update(ticket).digest()
}
