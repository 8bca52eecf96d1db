/** How frames reach members: live ones from memory in slices, those who read slowly from the log. */
import type { Clock } from '@chartseal/core/ports'
import type { Connection, RelaySockets } from './connection.js'
import { type SharedFrame, sequenceOf } from './frame.js'
import { type FrameLog, upTo } from './frame-log.js'
import type { RelayPolicy } from './policy.js'
import { Ring } from './ring.js'

export interface DeliveryOptions {
  readonly sockets: RelaySockets
  readonly log: FrameLog
  readonly clock: Clock
  readonly policy: RelayPolicy
  /** Runs once, soon, behind what waits for the event loop now. */
  soon(work: () => void): void
  /** A member fell behind, or has caught up. */
  onBehind(member: Connection): void
  /** A member who was fed has everything now. */
  onWhole(member: Connection): void
  /** A member is to be ended: `behind` has read nothing for too long, `log` could not be fed. */
  onLost(member: Connection, reason: 'behind' | 'log'): void
  onFault(error: unknown): void
  /** So many frames were written to members. */
  onDelivered(count: number): void
}

/**
 * What waits for one who reads, as of {@link RelayPolicy.pendingBytes}: longer than any frame, with what may be sent behind
 * it before that is read.
 */
const mostQueued = 8

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #ring: Ring
  readonly #live = new Set<Connection>()
  readonly #fed = new Set<Connection>()
  /** Of the fed, those who have room for more. */
  readonly #hungry = new Set<Connection>()
  /** Those for whom frames of the core wait: for the end of this turn, or until more was read. */
  readonly #queued = new Set<Connection>()
  #reading = 0
  #pass: Iterator<Connection> | null = null
  /** Something is there that not everybody of the pass before has got. */
  #isDue = false
  /** An emergency message is on its way to live members: nobody is fed meanwhile. */
  #isUrgent = false
  #isDueUrgent = false
  #isScheduled = false

  constructor(options: DeliveryOptions) {
    const newest = options.log.newest()
    this.#options = options
    this.#ring = new Ring(options.policy.recentBytes, newest === null ? 0 : sequenceOf(newest))
  }

  get ring(): Ring {
    return this.#ring
  }

  get members(): number {
    return this.#live.size + this.#fed.size
  }

  /** Those who read too slowly. */
  get behind(): number {
    return [...this.#fed].filter(({ isTold }) => isTold).length
  }

  /** From now on they get everything behind `after`. */
  admit(member: Connection, after: number): void {
    // What was sent before comes first.
    this.flush(member)
    member.position = after
    if (after >= this.#ring.newest) this.#join(member)
    else this.#feed(member)
    this.#wake()
  }

  forget(connection: Connection): void {
    for (const set of [this.#live, this.#fed, this.#hungry, this.#queued]) set.delete(connection)
    connection.queue = []
  }

  published(frame: SharedFrame): void {
    this.#ring.append(frame)
    this.#due(frame.isUrgent)
  }

  headed(head: SharedFrame): void {
    this.#ring.putHead(head)
    this.#due(false)
  }

  /** For one connection alone; what comes in one turn is written at once. */
  send(connection: Connection, frame: Uint8Array): void {
    connection.queue.push(frame)
    this.#queued.add(connection)
    this.#wake()
  }

  /** What waits for a connection is written now. */
  flush(connection: Connection): void {
    const frames = connection.queue
    this.#queued.delete(connection)
    connection.queue = []
    if (frames.length === 0) return
    if (!this.#fed.has(connection)) connection.stuckMs = null
    connection.pendingBytes = this.#options.sockets.write(connection.id, frames)
  }

  /** Nothing comes later: whether everything in the log was written to them. Who reads slowly is fed on. */
  finish(member: Connection): boolean {
    if (this.#live.has(member)) this.#give(member)
    return !this.#fed.has(member)
  }

  drained(connection: Connection, pendingBytes: number): void {
    this.#progress(connection, pendingBytes)
  }

  /** Looks after those who read slowly. */
  tick(): void {
    const { sockets, clock, policy } = this.#options
    const nowMs = clock.nowMs()
    for (const one of new Set([...this.#fed, ...this.#queued])) {
      this.#progress(one, sockets.pendingBytes(one.id))
      if (one.stuckMs !== null && Math.abs(nowMs - one.stuckMs) >= policy.stuckMs) this.#stuck(one)
    }
  }

  /** What waited for them was not read, and is not written either. */
  #stuck(one: Connection): void {
    one.queue = []
    this.#options.onLost(one, 'behind')
  }

  #progress(member: Connection, pendingBytes: number): void {
    const { policy, clock } = this.#options
    const isWaiting = this.#fed.has(member) || this.#queued.has(member)
    if (isWaiting && pendingBytes < member.pendingBytes)
      member.stuckMs = pendingBytes === 0 ? null : clock.nowMs()
    member.pendingBytes = pendingBytes
    if (this.#queued.has(member)) this.#wake()
    if (!this.#fed.has(member) || member.isReading || pendingBytes > policy.feedBytes) return
    this.#hungry.add(member)
    this.#wake()
  }

  #due(isUrgent: boolean): void {
    this.#isDue = true
    if (isUrgent) this.#isDueUrgent = true
    this.#wake()
  }

  #wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#options.soon(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    for (const connection of this.#queued) this.#flushWithin(connection)
    if (this.#pass === null && this.#isDue) this.#begin()
    if (this.#pass !== null) this.#slice(this.#pass)
    if (!this.#isUrgent && !this.#isDueUrgent) this.#serveHungry()
    if (this.#pass !== null || this.#isDue) this.#wake()
  }

  #begin(): void {
    this.#pass = this.#live.values()
    this.#isUrgent = this.#isDueUrgent
    this.#isDue = false
    this.#isDueUrgent = false
  }

  #slice(pass: Iterator<Connection>): void {
    for (let i = 0; i < this.#options.policy.slice; i++) {
      const { done, value } = pass.next()
      if (done === true) {
        this.#pass = null
        this.#isUrgent = false
        return
      }
      this.#give(value)
    }
  }

  /** What a core sends to one who reads slowly waits, and must not pile up either. */
  #flushWithin(connection: Connection): void {
    const { sockets, policy, clock } = this.#options
    const bytes = connection.queue.reduce((sum, { length }) => sum + length, 0)
    if (connection.pendingBytes > 0) connection.pendingBytes = sockets.pendingBytes(connection.id)
    if (connection.pendingBytes === 0 || connection.pendingBytes + bytes <= 2 * policy.pendingBytes)
      this.flush(connection)
    else if (bytes > mostQueued * policy.pendingBytes) this.#stuck(connection)
    else connection.stuckMs ??= clock.nowMs()
  }

  #give(member: Connection): void {
    const { sockets, policy } = this.#options
    const wantsHead = member.head !== this.#ring.head
    const batch = this.#ring.behind(member.position, wantsHead)
    if (batch?.frames.length === 0) return
    if (member.pendingBytes > 0) member.pendingBytes = sockets.pendingBytes(member.id)
    if (batch === null) this.#fallBehind(member)
    else if (member.pendingBytes + batch.bytes <= policy.pendingBytes || isOneAlone(member, batch.frames)) {
      member.position = Math.max(member.position, batch.position)
      member.head = this.#ring.head
      this.#write(member, batch.frames)
    } else if (batch.position > member.position) this.#fallBehind(member)
  }

  #write(member: Connection, frames: readonly Uint8Array[]): void {
    member.pendingBytes = this.#options.sockets.write(member.id, frames)
    this.#options.onDelivered(frames.length)
  }

  #fallBehind(member: Connection): void {
    if (member.pendingBytes > 0) member.stuckMs = this.#options.clock.nowMs()
    this.#tell(member, true)
    this.#feed(member)
  }

  #tell(member: Connection, isBehind: boolean): void {
    if (member.isTold === isBehind) return
    member.isTold = isBehind
    this.#options.onBehind(member)
  }

  #feed(member: Connection): void {
    this.#live.delete(member)
    this.#fed.add(member)
    if (member.pendingBytes <= this.#options.policy.feedBytes) this.#hungry.add(member)
  }

  #serveHungry(): void {
    for (const member of this.#hungry) {
      if (this.#reading >= this.#options.policy.feedsAtOnce) return
      this.#hungry.delete(member)
      void this.#read(member)
    }
  }

  async #read(member: Connection): Promise<void> {
    this.#reading += 1
    member.isReading = true
    try {
      const frames = await this.#next(member.position)
      member.isReading = false
      if (this.#fed.has(member)) this.#fedWith(member, frames)
    } catch (error) {
      this.#options.onFault(error)
      if (this.#fed.has(member)) this.#options.onLost(member, 'log')
    } finally {
      this.#reading -= 1
      if (this.#hungry.size > 0) this.#wake()
    }
  }

  /** From memory where it is. */
  async #next(after: number): Promise<readonly Uint8Array[]> {
    const { log, policy } = this.#options
    const recent = this.#ring.behind(after, false)
    return recent === null ? log.read(after, policy.feedBytes) : upTo(policy.feedBytes, recent.frames)
  }

  #fedWith(member: Connection, frames: readonly Uint8Array[]): void {
    const { clock, policy } = this.#options
    const [last] = frames.slice(-1)
    if (last === undefined) {
      this.#options.onLost(member, 'log')
      return
    }
    member.position = sequenceOf(last)
    this.#write(member, frames)
    if (member.position >= this.#ring.newest) this.#join(member)
    else if (member.pendingBytes <= policy.feedBytes) this.#hungry.add(member)
    else {
      member.stuckMs ??= clock.nowMs()
      this.#tell(member, true)
    }
  }

  /** They have everything; only the head may be missing. */
  #join(member: Connection): void {
    this.#fed.delete(member)
    this.#hungry.delete(member)
    this.#live.add(member)
    member.stuckMs = null
    this.#tell(member, false)
    this.flush(member)
    this.#give(member)
    if (this.#live.has(member)) this.#options.onWhole(member)
  }
}

/** A frame that alone is longer than the limit has to be written some time. */
function isOneAlone(member: Connection, frames: readonly Uint8Array[]): boolean {
  return member.pendingBytes === 0 && frames.length === 1
}
