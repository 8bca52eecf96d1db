/** What the two drivers of a conference take as arguments: a way to the other end, something durable, and time. */

import type { Work, Worked } from '@chartseal/elgamal-session'

/** Whole frames or messages, in order, until it ends. */
export interface Link {
  /** Sends one; nothing happens when the link has ended. */
  send(bytes: Uint8Array): void
  /** Ends it once what was sent is on its way. */
  close(): void
}

/**
 * Why a link ended. `retryMs`: when the other end asks to be tried again; `taken-over`: another host has this conference
 * now; `over`: there is no such conference any more.
 */
export type LinkEnd =
  | { readonly kind: 'lost'; readonly retryMs: number }
  | { readonly kind: 'taken-over' }
  | { readonly kind: 'over' }

export interface LinkReceiver {
  received(bytes: Uint8Array): void
  /** Once, unless this side closed it; nothing is received after it. */
  ended(end: LinkEnd): void
}

/** A way to the other end, as often as it is needed: TCP, a WebSocket, or the relay of the same process. */
export interface Transport {
  /**
   * Nothing is received before it resolves. Rejects where there is no way now; with a ChartsealError where there never
   * will be one.
   */
  connect(receiver: LinkReceiver): Promise<Link>
}

/** Records that a host keeps, in order; one holder at a time. */
export interface Journal {
  /** What it held when it was opened. */
  readonly records: readonly Uint8Array[]
  /** Resolves when they are durable; calls take effect in their order. */
  append(records: readonly Uint8Array[]): Promise<void>
  /** Puts these in place of all others, in one step that a crash does not divide. */
  replace(records: readonly Uint8Array[]): Promise<void>
}

/** The one record that a seat keeps; one holder at a time. */
export interface Slot {
  /** What it held when it was opened; `null` for the first time. */
  readonly record: Uint8Array | null
  /** Resolves when it is durable; until then a crash leaves the old or the new one. */
  put(record: Uint8Array): Promise<void>
}

/** Who works on handshakes in another place, such as a `HandshakePool`. */
export interface HandshakeWorkers {
  /** `done` is called once for each, in any order, never before this returns. */
  work(work: Work, done: (worked: Worked) => void): void
}

export interface Timer {
  /** Runs once after so many milliseconds, unless the function that it gives is called before. */
  after(ms: number, run: () => void): () => void
}
