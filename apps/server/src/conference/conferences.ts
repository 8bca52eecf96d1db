/** The conferences of a server: which are here, who may come in, and what is forgotten. */
import { createHash, createHmac } from 'node:crypto'
import { decodeHex, encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  defaultRelayPolicy,
  encodeRefusal,
  type RelayCounters,
  type RelayCounts,
  type RelayLink,
  type RelayLinkEvents,
  type RelayPolicy,
} from '@chartseal/elgamal-session/relay'
import type { Store, StoredConference } from '../store.js'
import { type Closing, closeCodeOf, reasonText } from './closing.js'
import { Entrances } from './entrances.js'
import { conferencesIn, endOf, forgetConference, frameFile, isEnd, keepEnd } from './folder.js'
import type { HomeLinks } from './home-links.js'
import { Hosted } from './hosted.js'
import { closeCodes, type Peer } from './peer.js'
import type { Join } from './relay-child.js'
import { RelayProcesses } from './relay-processes.js'
import { Strangers } from './strangers.js'
import { PingWheel } from './wheel.js'

export interface ConferencesOptions {
  readonly folder: string
  /** Which data folder it is: two servers on one database each know their own. */
  readonly place: string
  readonly store: Pick<Store, 'conferences'>
  readonly clock: Clock
  readonly random: Random
  /** What the frames of one conference may have together. */
  readonly maxBytes: number
  readonly policy: Partial<RelayPolicy>
  /** How many processes hold connections of patients; with 0 this one does. */
  readonly relays: number
  /** How other servers of the clinic are reached; `null` for not at all. */
  readonly homes: HomeLinks | null
  /** A relay process takes connections now. */
  onRelay(pid: number): void
  /** Whether the disk takes more. */
  hasRoom(): Promise<boolean>
  /** The host has ended it: what remains is written down. Asked again while it fails. */
  end(id: string): Promise<void>
  onFault(error: unknown): void
}

export interface ConferenceCounts extends Omit<RelayCounts, 'hasCore'> {
  readonly conferences: number
  readonly hosts: number
  readonly relays: number
}

/** A request for a WebSocket, and what is done with it where no other process takes it. */
export type HandOver = Pick<Join, 'request' | 'socket' | 'head' | 'here'>

const nobody = { connections: 0, members: 0, behind: 0 }
const sourceBytes = 16
const ticketBytes = 32
export const ticketMs = 60_000
const ticketWaitMs = 10_000
const mostHosted = 512
/** Nobody is there for so long: its file is closed. */
const idleMs = 60_000
const tickMs = 1_000
const checkEvery = 2

export class Conferences {
  readonly #options: ConferencesOptions
  readonly #key: Uint8Array
  readonly #hosted = new Map<string, Promise<Hosted>>()
  readonly #open = new Map<string, Hosted>()
  readonly #wheel: PingWheel
  readonly #strangers = new Strangers()
  /** Ended by their hosts, and not written down yet. */
  readonly #ending = new Set<string>()
  readonly #processes: RelayProcesses | null
  /** Of conferences whose home is another server. */
  readonly #away: Entrances
  /** What ends that other servers are taken in. */
  readonly #served = new Map<string, () => void>()
  readonly #timer: NodeJS.Timeout
  readonly #refused = new Map<string, number>()
  #frames = 0
  #turns = 0
  #hasRoom = true
  #checking: Promise<void> | null = null
  #isStopping = false

  constructor(options: ConferencesOptions) {
    this.#options = options
    this.#key = options.random.bytes(32)
    this.#wheel = new PingWheel(options.random)
    this.#processes = options.relays > 0 ? this.#newProcesses() : null
    this.#away = new Entrances({
      ...options,
      counters: this.#counters,
      reach: (id, take) => options.homes?.reach(id, take),
    })
    this.#timer = setInterval(() => this.#turn(), tickMs).unref()
  }

  /** Resolves once the relay processes take connections. */
  async start(): Promise<void> {
    await this.#processes?.start()
  }

  /** Of all processes of this server. */
  counts(): ConferenceCounts {
    const open = [...this.#open.values()].map(one => one.counts())
    const elsewhere = [this.#away.counts(), this.#processes?.counts() ?? nobody]
    const sum = (of: (one: typeof nobody) => number): number =>
      [...open, ...elsewhere].reduce((total, one) => total + of(one), 0)
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
    const isHere = processes !== null && (await this.#here(conference)) instanceof Hosted
    const join = { ...request, here, id: conference.id, source: this.#sourceOf(network) }
    if (!isHere || !processes.give(join)) here()
  }

  /** Somebody who has connected to take part. @param network it is counted by its keyed hash alone */
  async join(conference: StoredConference, peer: Peer, network: string): Promise<void> {
    this.#watch(peer)
    peer.pause()
    try {
      const hosted = await this.#here(conference)
      if (hosted instanceof Hosted) hosted.join(peer, this.#sourceOf(network))
      else if (hosted === 'elsewhere' && this.#options.homes !== null)
        this.#away.join(conference.id, peer, this.#sourceOf(network))
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
    void this.#close(id, 'ended')
  }

  /** Nobody new comes in; everybody is told when to come again. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#strangers.endAll(defaultRelayPolicy.retryMs)
    this.#away.stop()
    await Promise.all([...this.#hosted.keys()].map(id => this.#close(id, 'restart')))
    await this.#processes?.end()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.stop()
    await this.#checking
  }

  /** Removes the files of conferences that nobody knows any more; gives how many. */
  async sweep(): Promise<number> {
    const { folder, store } = this.#options
    let total = 0
    for (const name of await conferencesIn(folder)) {
      const id = encodeBase64Url(decodeHex(name))
      if (this.#hosted.has(id) || (await store.conferences.find(id)) !== null) continue
      await forgetConference(folder, name)
      total += 1
    }
    return total
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
    const hosted = conference === null ? 'ticket' : await this.#here(conference)
    if (hosted instanceof Hosted) return hosted.attach(peer)
    peer.close(hosted === 'ticket' ? closeCodes.ticket : closeCodeOf(hosted), reasonText(hosted, 0))
    return () => undefined
  }

  /** The conference, opened where it must be; or why it is not here. */
  async #here({ id, place, untilMs, endedMs }: StoredConference): Promise<Hosted | Closing | 'busy' | 'log'> {
    const { clock } = this.#options
    if (endedMs !== null || untilMs <= clock.nowMs() || this.#ending.has(id)) return 'ended'
    if (place !== '' && place !== this.#options.place) return 'elsewhere'
    try {
      if (!this.#hosted.has(id) && (await this.#wasEnded(id))) return 'ended'
      const known = this.#hosted.get(id)
      if (this.#isStopping || (known === undefined && this.#hosted.size >= mostHosted)) return 'busy'
      const hosted = await (known ?? this.#opening(id))
      return hosted.closing ?? hosted
    } catch (error) {
      this.#options.onFault(error)
      return 'log'
    }
  }

  /** By its host, and the process died before it was written down. */
  async #wasEnded(id: string): Promise<boolean> {
    if ((await endOf(this.#options.folder, id)) === null) return false
    this.#ending.add(id)
    return true
  }

  #opening(id: string): Promise<Hosted> {
    const { folder, maxBytes, policy, clock, random, onFault } = this.#options
    const opening = Hosted.open({
      id,
      file: frameFile(folder, id),
      maxBytes,
      policy,
      counters: this.#counters,
      clock,
      random,
      hasRoom: () => this.#hasRoom,
      keepEnd: (one, frame) => this.#keepEnd(one, frame),
      onEnd: one => this.#endedByHost(one),
      onFault,
    })
    this.#hosted.set(id, opening)
    opening.then(
      hosted => this.#opened(id, hosted),
      () => this.#hosted.delete(id),
    )
    return opening
  }

  #opened(id: string, hosted: Hosted): void {
    this.#open.set(id, hosted)
    this.#away.leave(id)
    const { homes } = this.#options
    if (homes !== null) this.#served.set(id, homes.serve(id, hosted.link))
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
        const hosted = this.#open.get(encodeBase64Url(conference))
        return hosted === undefined ? refusedLink(link) : hosted.link(link)
      },
    })
  }

  /** It is in the folder of the server that had its host, and in the store for all others. */
  async #lastWord(id: string): Promise<Uint8Array | null> {
    const { folder, store } = this.#options
    const frame = (await endOf(folder, id)) ?? (await store.conferences.lastFrame(id))
    return frame !== null && isEnd(frame) ? frame : null
  }

  /** On the disk, which is enough; and in the store where that can be had. */
  async #keepEnd(id: string, frame: Uint8Array): Promise<void> {
    const { folder, store, onFault } = this.#options
    await keepEnd(folder, id, frame)
    await store.conferences.keepLastFrame(id, frame).catch(onFault)
  }

  /** Whoever comes to a conference that its host has ended gets the word of the host first, which a patient can believe. */
  async #turnAway(peer: Peer, id: string, reason: string): Promise<void> {
    const { clock, onFault } = this.#options
    const retryMs = defaultRelayPolicy.retryMs
    this.#countRefused(reason)
    const last = reason === 'ended' ? await this.#lastWord(id).catch(onFault) : null
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
    return createHmac('sha256', this.#key).update(network).digest().subarray(0, sourceBytes)
  }

  #endedByHost(id: string): void {
    this.#ending.add(id)
    void this.#close(id, 'ended').then(() => this.#check())
  }

  async #close(id: string, reason: Closing): Promise<void> {
    const opening = this.#hosted.get(id)
    this.#open.delete(id)
    this.#served.get(id)?.()
    this.#served.delete(id)
    const hosted = await opening?.catch(() => null)
    await hosted?.stop(reason, defaultRelayPolicy.retryMs).catch(this.#options.onFault)
    if (this.#hosted.get(id) === opening) this.#hosted.delete(id)
  }

  #turn(): void {
    this.#wheel.turn()
    for (const one of this.#open.values()) one.tick()
    this.#away.tick()
    this.#turns += 1
    if (this.#turns % checkEvery === 0) void this.#check()
  }

  /** What others have ended meanwhile, or has had its time, or moved; one look at a time. */
  #check(): Promise<void> {
    this.#checking ??= this.#look()
      .catch(this.#options.onFault)
      .finally(() => {
        this.#checking = null
      })
    return this.#checking
  }

  async #look(): Promise<void> {
    const { hasRoom, onFault } = this.#options
    this.#hasRoom = await hasRoom()
    // One that fails does not stop the others, and is tried again.
    for (const id of [...this.#ending]) await this.#writeEnd(id).catch(onFault)
    for (const [id, hosted] of [...this.#open]) await this.#lookAt(id, hosted).catch(onFault)
  }

  async #lookAt(id: string, { idleSinceMs }: Hosted): Promise<void> {
    const { store, clock, place } = this.#options
    const found = await store.conferences.find(id)
    if (found === null || found.endedMs !== null || found.untilMs <= clock.nowMs())
      await this.#close(id, 'ended')
    else if (found.place !== '' && found.place !== place) await this.#close(id, 'elsewhere')
    else if (idleSinceMs !== null && clock.nowMs() - idleSinceMs >= idleMs) await this.#close(id, 'restart')
  }

  async #writeEnd(id: string): Promise<void> {
    await this.#options.end(id)
    this.#ending.delete(id)
  }
}

/** There is no such conference here. */
function refusedLink(link: RelayLink): RelayLinkEvents {
  link.close()
  return { onMessage: () => undefined, onDrained: () => undefined, onLost: () => undefined }
}

function hashOf(ticket: Uint8Array): Uint8Array {
  return createHash('sha256').update('chartseal/host-ticket/v2').update(ticket).digest()
}
