/** What is between the hub of a conference and one of its relays: the port, and two ends in one process. */

/**
 * One end of a link: messages arrive in the order in which they were sent, each once, or the link is lost. One message has at
 * most {@link maxLinkBytes}.
 */
export interface RelayLink {
  /**
   * Gives how many bytes are on their way then. Its bytes are not changed afterwards, by anybody. Does nothing once the link
   * is closed or lost.
   */
  send(message: Uint8Array): number
  /** Nothing more is sent or comes. What was sent before still arrives if it can; then the other end has lost the link. */
  close(): void
}

/** What comes at one end. None of them throws. */
export interface RelayLinkEvents {
  /** Its bytes are not changed afterwards, by anybody. */
  onMessage(message: Uint8Array): void
  /** Everything that was on its way has gone out. */
  onDrained(): void
  /** Once, and nothing comes behind it; not for the end that has closed it itself. */
  onLost(): void
}

/** Whoever makes or accepts a link gives one end away, and is given what takes what comes there. */
export type TakeLink = (link: RelayLink) => RelayLinkEvents

/**
 * Two ends in one process.
 * @param soon runs work once, later, in the order of the calls; `work => work()` carries each message at once
 */
export function linkPair(hub: TakeLink, relay: TakeLink, soon: (work: () => void) => void): void {
  const [one, other] = [new MemoryEnd(soon), new MemoryEnd(soon)]
  one.other = other
  other.other = one
  one.events = hub(one)
  other.events = relay(other)
  one.begin()
  other.begin()
}

class MemoryEnd implements RelayLink {
  readonly #soon: (work: () => void) => void
  /** What came before there was anybody to take it. */
  #early: (() => void)[] | null = []
  #isOver = false
  #pendingBytes = 0
  /** Somebody was told that bytes are on their way. */
  #isAwaited = false
  other: MemoryEnd | null = null
  events: RelayLinkEvents | null = null

  constructor(soon: (work: () => void) => void) {
    this.#soon = soon
  }

  send(message: Uint8Array): number {
    if (this.#isOver) return 0
    this.#pendingBytes += message.length
    this.#soon(() => this.#deliver(message))
    this.#isAwaited = this.#pendingBytes > 0
    return this.#pendingBytes
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#soon(() => this.other?.take(() => this.other?.lose()))
  }

  begin(): void {
    const early = this.#early ?? []
    this.#early = null
    for (const work of early) work()
  }

  take(work: () => void): void {
    if (this.#early === null) work()
    else this.#early.push(work)
  }

  lose(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.events?.onLost()
  }

  receive(message: Uint8Array): void {
    if (!this.#isOver) this.events?.onMessage(message)
  }

  #deliver(message: Uint8Array): void {
    this.#pendingBytes -= message.length
    this.other?.take(() => this.other?.receive(message))
    if (this.#pendingBytes > 0 || !this.#isAwaited) return
    this.#isAwaited = false
    if (!this.#isOver) this.take(() => this.events?.onDrained())
  }
}
