/**
 * Those who come to a conference while the server starts wait: until there is a clinic, and then until their host is here. They
 * would be refused otherwise, and come again and again, by thousands, so that neither has its turn.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { sayLast } from './last-word.js'
import type { TakeUpgrade } from './read-again.js'
import { conferenceOf, isHost } from './upgrade.js'

/** A clinic that is there. */
export interface Opened {
  readonly take: TakeUpgrade
  /** Whether the host of a conference is here. @param id in base64url */
  hasHost(id: string): boolean
}

interface Early {
  /** Of the conference. */
  readonly id: string
  readonly isHost: boolean
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
}

/** So many are taken before others have their turn. */
const atOnce = 64
const lookEveryMs = 50

export interface EarlyLimits {
  /** Whoever is one more is not kept waiting. */
  readonly most: number
  /** Where no more than so many were there before the clinic, a host finds its way among them. */
  readonly few: number
  /** For so long they wait for a host, who tries every two seconds at least. */
  readonly hostWaitMs: number
}

const defaultEarly: EarlyLimits = { most: 16_384, few: 64, hostWaitMs: 5_000 }

export class EarlyUpgrades {
  readonly #limits: EarlyLimits
  /** The one that came first is the first. */
  readonly #waiting = new Set<Early>()
  #opened: Opened | null = null
  /** Nobody waits for a host any more. */
  #isLate = false
  #isOver = false
  #isLooking = false
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(limits: Partial<EarlyLimits> = {}) {
    this.#limits = { ...defaultEarly, ...limits }
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** False for what is taken neither now nor later. */
  readonly take: TakeUpgrade = (request, socket, head) => {
    const id = conferenceOf(request)
    const isOpen = this.#isOver || this.#isLate || this.#waiting.size >= this.#limits.most
    if (id === null || isOpen) return this.#opened?.take(request, socket, head) ?? false
    const one = { id, isHost: isHost(request), request, socket, head }
    this.#waiting.add(one)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#waiting.delete(one))
    this.#look()
    return true
  }

  /** There is a clinic: hosts are given to it at once; of a crowd others when their host is here, and after five seconds. */
  open(opened: Opened): void {
    const { few, hostWaitMs } = this.#limits
    this.#opened = opened
    this.#isLate = this.#waiting.size <= few
    this.#after(hostWaitMs, () => {
      this.#isLate = true
    })
    this.#look()
  }

  /** There is none, or none any more: whoever waits is let go. */
  end(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const { socket } of this.#waiting) sayLast(socket)
    this.#waiting.clear()
  }

  #after(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
  }

  #look(): void {
    if (this.#isLooking || this.#opened === null || this.#waiting.size === 0) return
    this.#isLooking = true
    this.#after(this.#next(this.#opened) ? 0 : lookEveryMs, () => {
      this.#isLooking = false
      this.#look()
    })
  }

  /** In the order in which they came; true where there may be more. */
  #next(opened: Opened): boolean {
    let left = atOnce
    // Thousands wait for one and the same.
    const hosts = new Map<string, boolean>()
    const hasHost = (id: string): boolean => {
      const known = hosts.get(id) ?? opened.hasHost(id)
      hosts.set(id, known)
      return known
    }
    for (const one of this.#waiting) {
      if (!this.#isLate && !one.isHost && !hasHost(one.id)) continue
      this.#waiting.delete(one)
      if (!one.socket.destroyed) opened.take(one.request, one.socket, one.head)
      left -= 1
      if (left === 0) break
    }
    return left === 0
  }
}
