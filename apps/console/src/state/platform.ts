/** What the page needs of its browser; a test gives its own. */
import type { WebSocketLike } from '@chartseal/clinic/conference'
import type { Clock, Random } from '@chartseal/core/ports'
import type { Argon2id } from '@chartseal/kdf-keyring'
import type { Hold, Locks, Sessions } from '../store/locks.js'
import type { Rows } from '../store/rows.js'
import type { Passkeys } from '../vault/passkey.js'

/** `ended`: nothing is stored here any more; `touch`: the person is here; `idle`: they were not for the whole time. */
export type TabWord = 'lock' | 'ended' | 'touch' | 'idle'

export interface Platform {
  readonly rows: Rows
  readonly locks: Locks
  readonly hold: Hold
  readonly sessions: Sessions
  readonly clock: Clock
  /** Milliseconds that nobody can set. */
  readonly steadyMs: () => number
  readonly random: Random
  readonly passkeys: Passkeys
  readonly fetch: typeof fetch
  /** A new socket to the clinic. */
  readonly socket: (path: string, protocol: string) => WebSocketLike
  /** In place of the WebAssembly one. */
  readonly argon2id?: Argon2id
  /** Where this page came from. */
  readonly origin: string
  /** Calls back at intervals; gives what stops it. */
  readonly every: (ms: number, work: () => void) => () => void
  /** Calls back once a second, also while nobody looks at the page; gives what stops it. */
  readonly beat: (work: () => void) => () => void
  /** Resolves after so long, or at once when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Tells the other tabs, and hears them. */
  readonly tabs: { tell(what: TabWord): void; listen(heard: (what: string) => void): void }
  readonly storage: { isPersistent(): Promise<boolean>; ask(): Promise<boolean> }
  readonly isInstalled: () => boolean
  /** Whether a person has this tab before them. */
  readonly isSeen: () => boolean
  /** Resolves when what was changed is on the screen, or at once when nobody sees it. */
  readonly painted: () => Promise<void>
  /** Wished languages, best first. */
  readonly languages: readonly string[]
}
