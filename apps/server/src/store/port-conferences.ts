/** Conferences as a store knows them: whose they are and where they are, not who is in them. */

export interface NewConference {
  readonly id: string
  /** The kid of the doctor's device. */
  readonly owner: string
  readonly nowMs: number
  readonly untilMs: number
}

export interface StoredConference {
  readonly id: string
  readonly owner: string
  readonly madeMs: number
  readonly untilMs: number
  readonly endedMs: number | null
  /** Which server its host came to last; empty before the first. */
  readonly place: string
}

/** `same`: the owner's already, which may have another end now; `owner`: of another device; `full`: the device has so many. */
export type ConferencePut = 'stored' | 'same' | 'owner' | 'ended' | 'full'

export interface Conferences {
  /** What {@link put} would say now. */
  check(conference: NewConference, most: number): Promise<ConferencePut>
  /** @param most how many of one device may go on at once */
  put(conference: NewConference, most: number): Promise<ConferencePut>
  find(id: string): Promise<StoredConference | null>
  /** False when there is none that goes on. */
  end(id: string, nowMs: number): Promise<boolean>
  /** The frame by which its host ends it: the first one stays. */
  keepLastFrame(id: string, frame: Uint8Array): Promise<void>
  /** `null` without one. */
  lastFrame(id: string): Promise<Uint8Array | null>
  /** In place of the ticket before. */
  setTicket(id: string, hash: Uint8Array, expiresMs: number): Promise<void>
  /** Of two at once one gets it, and the conference is at its place from then on; nobody after that. */
  takeTicket(
    id: string,
    ticket: { readonly hash: Uint8Array; readonly place: string; readonly nowMs: number },
  ): Promise<boolean>
}
