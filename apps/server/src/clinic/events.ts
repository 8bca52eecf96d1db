/** Who waits for what: event streams of devices, and readers of slots. Nothing is kept for who is not there. */

export type ClinicEvent =
  | { readonly event: 'ready' | 'resync' }
  | { readonly event: 'message'; readonly mailbox: string }
  | { readonly event: 'delivered'; readonly mailbox: string; readonly id: string }
  | { readonly event: 'bye'; readonly retryMs: number }

/** One open stream; must not throw. */
export interface Listener {
  tell(event: ClinicEvent): void
  /** Nothing more comes. */
  end(): void
}

export interface SlotWait {
  /** Resolves when something came, when the time is over, or when nobody waits any more. */
  readonly changed: Promise<void>
  /** Once, when nobody looks at it any more. */
  end(): void
}

/** Thousands may be open. */
interface Stream {
  readonly kid: string
  readonly box: string
  readonly listener: Listener
}

export const streamsPerDevice = 4
/** More than these wait for slots at once are answered at once. */
const mostWaiting = 1_000

export class Events {
  readonly #byBox = new Map<string, Set<Stream>>()
  readonly #byKid = new Map<string, Set<Stream>>()
  readonly #waiting = new Map<string, Set<() => void>>()
  #waits = 0

  get streams(): number {
    return [...this.#byKid.values()].reduce((sum, own) => sum + own.size, 0)
  }

  /** The function that ends it; the oldest stream of a device that has too many ends for the new one. */
  listen(kid: string, box: string, listener: Listener): () => void {
    const stream: Stream = { kid, box, listener }
    const own = this.#byKid.get(kid) ?? new Set()
    const [oldest] = own
    if (own.size >= streamsPerDevice && oldest !== undefined) this.#drop(oldest)
    add(this.#byKid, kid, stream)
    add(this.#byBox, box, stream)
    return () => this.#remove(stream)
  }

  message(box: string): void {
    for (const { listener } of this.#byBox.get(box) ?? []) listener.tell({ event: 'message', mailbox: box })
  }

  delivered(sender: string, box: string, id: string): void {
    for (const { listener } of this.#byKid.get(sender) ?? [])
      listener.tell({ event: 'delivered', mailbox: box, id })
  }

  /** Something may have been missed: everybody looks. */
  resync(): void {
    for (const { listener } of this.#all()) listener.tell({ event: 'resync' })
    for (const wakes of this.#waiting.values()) for (const wake of wakes) wake()
  }

  /** A device that is ended hears nothing more. */
  endDevice(kid: string): void {
    for (const stream of this.#byKid.get(kid) ?? []) this.#drop(stream)
  }

  /** Says goodbye to everybody. */
  endAll(retryMs: number): void {
    for (const stream of this.#all()) {
      stream.listener.tell({ event: 'bye', retryMs })
      this.#drop(stream)
    }
    for (const wakes of this.#waiting.values()) for (const wake of wakes) wake()
  }

  slot(slot: string): void {
    for (const wake of this.#waiting.get(slot) ?? []) wake()
  }

  /**
   * Begins to wait for something to come into a slot, so that nothing that comes from now on is missed.
   * @param forMs at most so long; whoever is one too many does not wait at all
   */
  awaitSlot(slot: string, forMs: number, signal: AbortSignal): SlotWait {
    let wake = (): void => undefined
    const changed = new Promise<void>(resolve => {
      wake = resolve
    })
    if (forMs <= 0 || signal.aborted || this.#waits >= mostWaiting) wake()
    this.#waits++
    const timer = setTimeout(wake, forMs)
    signal.addEventListener('abort', wake)
    add(this.#waiting, slot, wake)
    const end = (): void => {
      this.#waits--
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      remove(this.#waiting, slot, wake)
    }
    return { changed, end }
  }

  #all(): readonly Stream[] {
    return [...this.#byKid.values()].flatMap(own => [...own])
  }

  #drop(stream: Stream): void {
    this.#remove(stream)
    stream.listener.end()
  }

  #remove(stream: Stream): void {
    remove(this.#byKid, stream.kid, stream)
    remove(this.#byBox, stream.box, stream)
  }
}

function add<Item>(map: Map<string, Set<Item>>, name: string, item: Item): void {
  const items = map.get(name) ?? new Set()
  map.set(name, items.add(item))
}

function remove<Item>(map: Map<string, Set<Item>>, name: string, item: Item): void {
  const items = map.get(name)
  items?.delete(item)
  if (items?.size === 0) map.delete(name)
}
