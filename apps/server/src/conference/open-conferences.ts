/** The conferences whose home this server is, while they are open: their frames, their hosts, and what becomes of them. */
import { decodeHex, encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  defaultRelayPolicy,
  endedLink,
  type RelayCounters,
  type RelayPolicy,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'
import type { Store, StoredConference } from '../store.js'
import type { Closing } from './closing.js'
import { conferencesIn, endOf, forgetConference, frameFile, isEnd, keepEnd } from './folder.js'
import { Hosted } from './hosted.js'

export interface OpenConferencesOptions {
  readonly folder: string
  /** Which data folder it is: two servers on one database each know their own. */
  readonly place: string
  readonly store: Pick<Store, 'conferences'>
  readonly clock: Clock
  readonly random: Random
  /** What the frames of one conference may have together. */
  readonly maxBytes: number
  readonly policy: Partial<RelayPolicy>
  readonly counters: RelayCounters
  /** Whether the disk takes more. */
  hasRoom(): Promise<boolean>
  /** The host has ended it: what remains is written down. Asked again while it fails. */
  end(id: string): Promise<void>
  onFault(error: unknown): void
}

/** Why a conference is not to be had here. */
export type NotHere = Closing | 'busy' | 'log'

const mostHosted = 512
/** Nobody is there for so long: its file is closed. */
const idleMs = 60_000

export class OpenConferences {
  readonly #options: OpenConferencesOptions
  readonly #hosted = new Map<string, Promise<Hosted>>()
  readonly #open = new Map<string, Hosted>()
  /** Ended by their hosts, and not written down yet. */
  readonly #ending = new Set<string>()
  #hasRoom = true
  #checking: Promise<void> | null = null
  #isStopping = false

  constructor(options: OpenConferencesOptions) {
    this.#options = options
  }

  /** Those that are open now. */
  get open(): readonly Hosted[] {
    return [...this.#open.values()]
  }

  /** `null` where it is not open. */
  find(id: string): Hosted | null {
    return this.#open.get(id) ?? null
  }

  /** Everybody is told why, and goes. */
  async close(id: string, reason: Closing): Promise<void> {
    const opening = this.#hosted.get(id)
    this.#open.delete(id)
    const hosted = await opening?.catch(() => null)
    await hosted?.stop(reason, defaultRelayPolicy.retryMs).catch(this.#options.onFault)
    if (this.#hosted.get(id) !== opening) return
    this.#hosted.delete(id)
    // It may have been opened just then.
    this.#open.delete(id)
  }

  /** Nothing is opened any more; resolves once all of them are closed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#hosted.keys()].map(id => this.close(id, 'restart')))
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

  /** What a relay on another server is joined to. */
  async homeOf(id: string): Promise<TakeLink | 'nobody' | 'elsewhere'> {
    const { store } = this.#options
    const conference = await store.conferences.find(id)
    const hosted = conference === null ? null : await this.here(conference)
    if (hosted instanceof Hosted) return hosted.link
    if (hosted === 'ended') return endedLink(await this.lastWord(id))
    return hosted === 'elsewhere' ? hosted : 'nobody'
  }

  /** The conference, opened where it must be; or why it is not here. */
  async here({ id, place, untilMs, endedMs }: StoredConference): Promise<Hosted | NotHere> {
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

  /**
   * The frame by which its host has ended it: in the folder of the server that had the host, and in the store for all others;
   * `null` for none.
   * @throws ChartsealError `files/failed`, or what the store throws
   */
  async lastWord(id: string): Promise<Uint8Array | null> {
    const { folder, store } = this.#options
    const frame = (await endOf(folder, id)) ?? (await store.conferences.lastFrame(id))
    return frame !== null && isEnd(frame) ? frame : null
  }

  /** By its host, and the process died before it was written down. */
  async #wasEnded(id: string): Promise<boolean> {
    if ((await endOf(this.#options.folder, id)) === null) return false
    this.#ending.add(id)
    return true
  }

  #opening(id: string): Promise<Hosted> {
    const { folder } = this.#options
    const opening = Hosted.open({
      ...this.#options,
      id,
      file: frameFile(folder, id),
      hasRoom: () => this.#hasRoom,
      keepEnd: (one, frame) => this.#keepEnd(one, frame),
      onEnd: one => this.#endedByHost(one),
    })
    this.#hosted.set(id, opening)
    opening.then(
      hosted => this.#open.set(id, hosted),
      () => this.#hosted.delete(id),
    )
    return opening
  }

  /** On the disk, which is enough; and in the store for other servers, where that can be had. */
  async #keepEnd(id: string, frame: Uint8Array): Promise<void> {
    const { folder, store, onFault } = this.#options
    await keepEnd(folder, id, frame)
    await store.conferences.keepLastFrame(id, frame).catch(onFault)
  }

  #endedByHost(id: string): void {
    this.#ending.add(id)
    void this.close(id, 'ended').then(() => this.check())
  }

  /** What others have ended meanwhile, or has had its time, or moved; one look at a time. */
  check(): Promise<void> {
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
    // Who reads slowly is not waited for here.
    if (found === null || found.endedMs !== null || found.untilMs <= clock.nowMs())
      void this.close(id, 'ended')
    else if (found.place !== '' && found.place !== place) await this.close(id, 'elsewhere')
    else if (idleSinceMs !== null && clock.nowMs() - idleSinceMs >= idleMs) await this.close(id, 'restart')
  }

  async #writeEnd(id: string): Promise<void> {
    await this.#options.end(id)
    this.#ending.delete(id)
  }
}
