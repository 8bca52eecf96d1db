/** One connection of a relay, as its parts see it. Thousands of them are there, so each is small. */

/** Why a relay ends a connection. */
export type EndReason =
  | 'dropped'
  | 'ended'
  | 'elsewhere'
  | 'restart'
  | 'no-host'
  | 'behind'
  | 'silent'
  | 'malformed'
  | 'too-large'
  | 'too-many'
  | 'busy'
  | 'log'

/** What the host link has to do with. */
export interface LinkedConnection {
  readonly id: number
  readonly source: Uint8Array
  /** `silent`: no hello has passed; `asking`: the core has one; `member`; `over`: nothing more is done with it. */
  state: 'silent' | 'asking' | 'member' | 'over'
  /** What a member sent while no core was there. */
  held: Uint8Array[]
  heldBytes: number
  /** The core was told that it reads too slowly. */
  isTold: boolean
}

export interface Connection extends LinkedConnection {
  sinceMs: number
  /** What came before membership. */
  frames: number
  /** Bytes on their way, when it was written to last. */
  pendingBytes: number
  /** Frames of the core for it alone that wait for the end of this turn. */
  queue: Uint8Array[]
  /** Of a member: the number of the newest frame for all that it was written, and of the head. */
  position: number
  head: number
  /** Since when a fed one has read nothing; `null` while it reads. */
  stuckMs: number | null
  /** What comes next of the log is on its way to it. */
  isReading: boolean
}

export function newConnection(id: number, source: Uint8Array, nowMs: number): Connection {
  return {
    id,
    source,
    state: 'silent',
    sinceMs: nowMs,
    frames: 0,
    pendingBytes: 0,
    queue: [],
    held: [],
    heldBytes: 0,
    position: 0,
    head: 0,
    isTold: false,
    stuckMs: null,
    isReading: false,
  }
}

/** Where the frames of connections go; numbers are those that the caller gave. */
export interface RelaySockets {
  /** Writes frames, each whole, and gives how many bytes are on their way then. The same array comes for many connections. */
  write(connection: number, frames: readonly Uint8Array[]): number
  /** Bytes on their way. */
  pendingBytes(connection: number): number
  /** A member from now on, who may send frames of 1 MiB. */
  admitted?(connection: number): void
  /** Nothing more is written; what was written still goes out, to whoever reads it. */
  close(connection: number, reason: EndReason, retryMs: number): void
}
