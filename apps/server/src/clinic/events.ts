/** Who waits for what: event streams of devices, and readers of slots. Nothing is kept for who is not there. */

import { Shares } from './shares.js'
import { SlotWait } from './slot-wait.js'

export type ClinicEvent =
  | { readonly event: 'ready' | 'resync' }
  | { readonly event: 'message'; readonly mailbox: string }
  | { readonly event: 'delivered'; readonly mailbox: string; readonly id: string }
  /** The ledger has another tip, or more of it is final. */
  | { readonly event: 'ledger'; readonly height: number; readonly final: number }
  /** Something came of a request of break-glass. */
  | { readonly event: 'breakglass'; readonly id: string }
  | { readonly event: 'bye'; readonly retryMs: number }

/** One open stream; must not throw. */
export interface Listener {
  tell(event: ClinicEvent): void
  /** Nothing more comes. */
  end(): void
}

/** Thousands may be open. */
interface Stream {
  readonly kid: string
  readonly box: string
  readonly listener: Listener
}

const streamsPerDevice = 4
/** So many wait for slots at once; whoever is one too many does not. */
export const mostWaiting = 1_000
/** A clinic full of devices may stand behind one address, and all of them need not pair at once. */
export const mostWaitingOfNetwork = 200

/** No name of a slot: who waits here waits for news of the ledger. */
export const newsSlot = 'ledger'

export class Events {
  readonly #byBox = new Map<string, Set<Stream>>()
  readonly #byKid = new Map<string, Set<Stream>>()
  readonly #waiting = new Map<string, Set<SlotWait>>()
  readonly #waits = new Shares(mostWaiting, mostWaitingOfNetwork)

  get streams(): number {
    return [...this.#byKid.values()].reduce((sum, own) => sum + own.size, 0)
  }

  /** How many wait for slots. */
  get waiting(): number {
    return this.#waits.total
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

  /** Told to whom it concerns. */
  breakGlass(kids: readonly string[], id: string): void {
    for (const kid of kids)
      for (const { listener } of this.#byKid.get(kid) ?? []) listener.tell({ event: 'breakglass', id })
  }

  /** Told to everybody: who waits for a prescription looks. */
  ledger(height: number, final: number): void {
    for (const { listener } of this.#all()) listener.tell({ event: 'ledger', height, final })
  }

  /** Something may have been missed: everybody looks. */
  resync(): void {
    for (const { listener } of this.#all()) listener.tell({ event: 'resync' })
    for (const waits of this.#waiting.values()) for (const wait of waits) wait.wake()
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
    for (const waits of this.#waiting.values()) for (const wait of waits) wait.finish()
  }

  slot(slot: string): void {
    for (const wait of this.#waiting.get(slot) ?? []) wait.wake()
  }

  /**
   * Begins to wait for something to come into a slot, so that nothing that comes from now on is missed; `null` for
   * whoever is one too many, of all or of one network.
   */
  awaitSlot(slot: string, network: string, forMs: number, signal: AbortSignal): SlotWait | null {
    if (!this.#waits.take(network, 1)) return null
    const wait = new SlotWait(forMs, signal, () => {
      this.#waits.give(network, 1)
      remove(this.#waiting, slot, wait)
    })
    add(this.#waiting, slot, wait)
    return wait
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
