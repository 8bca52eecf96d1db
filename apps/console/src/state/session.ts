/** An unlocked device: what its screens work with until it locks. */
import { type Signal, signal } from '@preact/signals'
import type { Clinic } from '../api/answers.js'
import type { ClinicApi } from '../api/client.js'
import type { Signer } from '../api/identity.js'
import type { Requests } from '../api/requests.js'
import { type DeviceRow, type PinnedClinic, withLog } from '../device/device-row.js'
import type { OwnRows } from '../device/own-rows.js'
import { confirmPairs } from '../pairs/clock.js'
import type { Unlocked } from '../pairs/pairs.js'
import type { Hold } from '../store/locks.js'
import { retryStrays } from '../thread/inbox.js'
import { outboxPrefix } from '../thread/outbox-item.js'
import { strayPrefix } from '../thread/strays.js'
import type { ConferenceNote, EmergencyNote } from './conference/notes.js'
import type { RequestNote } from './emergency/notes.js'
import { listen } from './listen.js'
import type { Meeting } from './meeting.js'
import { newestShown } from './newest.js'
import { oneAtATime, plannedOnce } from './once.js'
import { type OpenThread, ThreadReader } from './open-thread.js'
import type { PairingScreen } from './pairing.js'
import { loadPart } from './part.js'
import type { Platform } from './platform.js'
import { openThread } from './reading.js'
import { settleAll, syncAll } from './sync.js'
import type { TeamNote } from './team/notes.js'
import { type KnownPairs, type PairView, viewPairs } from './views.js'

export interface Session {
  readonly unlocked: Unlocked
  readonly api: ClinicApi
  /** What `api` asks with, for the parts of the page that are loaded later. */
  readonly requests: Requests
  readonly signer: Signer
  readonly device: DeviceRow
  readonly clinic: PinnedClinic
  readonly pairs: Signal<readonly PairView[]>
  /** The open thread; `null` when none is. */
  readonly thread: Signal<OpenThread | null>
  /** Why the thread that was opened last cannot be shown; `null` otherwise. */
  readonly threadError: Signal<unknown>
  /** What the clinic says of itself now; `null` before it was asked. */
  readonly remote: Signal<Clinic | null>
  /** Another log than the one that is known, until a person has compared its key; `null` otherwise. */
  readonly otherLog: Signal<PinnedClinic['log'] | null>
  /** A person compared the key of `otherLog` with the clinic: it is the log from now on. */
  acceptLog(): Promise<void>
  /** A person asked the clinic about its witnesses: those that it names now are believed from now on. */
  acceptWitnesses(): Promise<void>
  /**
   * Enrols this device anew at a clinic that does not know it any more, under the same keys.
   * @throws as `enrolAgain`
   */
  enrolAgain(invitation: string): Promise<void>
  readonly wait: SessionOptions['wait']
  readonly socket: SessionOptions['socket']
  readonly beat: SessionOptions['beat']
  readonly every: SessionOptions['every']
  readonly steadyMs: SessionOptions['steadyMs']
  readonly hold: Hold
  /** The pairing that was begun here and goes on; `null` when none does. */
  readonly pairing: Signal<PairingScreen | null>
  readonly isSeen: SessionOptions['isSeen']
  /** `null` before the first contact. */
  readonly isOnline: Signal<boolean | null>
  /** Something between the page and the clinic lets no event stream through: the page looks from time to time. */
  readonly isLiveBlocked: Signal<boolean>
  /** When the clinic last answered. */
  readonly contactMs: Signal<number>
  /** How many items wait to leave. */
  readonly waiting: Signal<number>
  readonly strays: Signal<number>
  /** How many rows that are stored here do not open. */
  readonly damaged: Signal<number>
  /** Grows when a record or a link, or how far one is sent, changed. */
  readonly recordChanges: Signal<number>
  /** How many blocks of a record the clinic has, of how many, while they are sent. */
  readonly sending: Signal<ReadonlyMap<string, readonly [done: number, of: number]>>
  /** What is due of records and links goes out, once at a time; resolves when it was tried. */
  settle(): Promise<void>
  /** Conferences that a person should know of on each screen: those that are on, and new invitations. */
  readonly conferences: Signal<readonly ConferenceNote[]>
  /** Care teams, those with news first. */
  readonly teams: Signal<readonly TeamNote[]>
  /** Requests of break-glass that wait for something from this device, or that it must be told of. */
  readonly requestNotes: Signal<readonly RequestNote[]>
  /** Grows when the clinic says that something came of a request of break-glass. */
  readonly requestNews: Signal<number>
  /** Emergency messages that nobody said they have read. */
  readonly emergencies: Signal<readonly EmergencyNote[]>
  /** What keeps messages at the clinic; `null` when nothing does. */
  readonly problem: Signal<unknown>
  /** What keeps a pair from going on, such as a clock that jumped; `null` when nothing does. */
  readonly stopped: Signal<unknown>
  /** A person says that the clock of this device is right. */
  confirmClock(): Promise<void>
  /** The connection broke: the clinic may come back as another one, and says first who it is. */
  broke(): void
  /** Something changed here or may have there: look soon. */
  poke(): void
  /** As `poke`, after so long; one such plan at a time. */
  again(ms: number): void
  /** Ends when the device locks: from then on rows refuse with `console/locked`, and nothing is asked. */
  readonly signal: AbortSignal
  /** Looks at the clinic from now on, until `stop`. */
  listen(): void
  /** Everything that waits goes out, everything that came is taken; resolves when it was tried. */
  sync(): Promise<void>
  /** Reads again what is stored. */
  refresh(): Promise<void>
  openThread(pairId: string | null): Promise<void>
  /** What comes before the messages of the open thread that are shown. */
  showOlder(): Promise<void>
  stop(): void
}

export interface SessionOptions {
  readonly unlocked: Unlocked
  readonly api: ClinicApi
  readonly requests: Requests
  readonly signer: Signer
  readonly own: OwnRows
  /** Of which the signal ends `unlocked` and `api`, too. */
  readonly stopping: AbortController
  readonly hold: Hold
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly socket: Platform['socket']
  readonly beat: Platform['beat']
  readonly every: Platform['every']
  readonly steadyMs: Platform['steadyMs']
  readonly isSeen: () => boolean
  /** Resolves when what was changed is on the screen. */
  readonly painted: () => Promise<void>
}

export function openSession(options: SessionOptions): Session {
  const { unlocked, stopping } = options
  const once = oneAtATime()
  const meeting: Meeting = { ...options, metMs: 0 }
  const settling = oneAtATime()
  const reader = new ThreadReader(unlocked, options.painted)
  const known: KnownPairs = new Map()
  const newest = newestShown()
  const session: Session = {
    ...options,
    get device() {
      return options.own.now.device
    },
    get clinic() {
      return options.own.now.clinic
    },
    ...emptySignals(),
    signal: stopping.signal,
    thread: reader.thread,
    acceptLog: () => acceptLog(session, options.own),
    acceptWitnesses: () => acceptWitnesses(session, options.own),
    async enrolAgain(invitation) {
      const { enrolAgain } = await loadPart(() => import('../device/enrol-again.js'))
      await enrolAgain(options, invitation)
      meeting.metMs = 0
      await session.sync()
    },
    settle: () => settling(() => settleAll(session)),
    confirmClock: () => confirmClock(session),
    broke() {
      meeting.metMs = 0
    },
    poke() {
      if (!stopping.signal.aborted) void session.sync()
    },
    again: plannedOnce({ ...options, signal: stopping.signal }, () => session.poke()),
    sync: () => once(async () => (stopping.signal.aborted ? undefined : syncAll(session, meeting))),
    async refresh() {
      await newest(
        () => readRows(unlocked, known),
        rows => showRows(session, rows),
      )
      await reader.refresh()
      session.damaged.value = unlocked.rows.damaged.size
    },
    openThread: pairId => openThread(session, reader, pairId),
    showOlder: () => reader.showOlder(),
    listen: () => void listen(session),
    stop() {
      stopping.abort()
      reader.close()
      known.clear()
    },
  }
  return session
}

/** What screens follow, before anything was read. */
const emptySignals = () => ({
  pairing: signal<PairingScreen | null>(null),
  pairs: signal<readonly PairView[]>([]),
  threadError: signal<unknown>(null),
  remote: signal<Clinic | null>(null),
  otherLog: signal<PinnedClinic['log'] | null>(null),
  isOnline: signal<boolean | null>(null),
  isLiveBlocked: signal(false),
  contactMs: signal(0),
  waiting: signal(0),
  strays: signal(0),
  damaged: signal(0),
  recordChanges: signal(0),
  sending: signal<ReadonlyMap<string, readonly [done: number, of: number]>>(new Map()),
  conferences: signal<readonly ConferenceNote[]>([]),
  teams: signal<readonly TeamNote[]>([]),
  emergencies: signal<readonly EmergencyNote[]>([]),
  requestNotes: signal<readonly RequestNote[]>([]),
  requestNews: signal(0),
  problem: signal<unknown>(null),
  stopped: signal<unknown>(null),
})

async function acceptLog(session: Session, own: OwnRows): Promise<void> {
  const { value: log } = session.otherLog
  if (log === null) return
  await own.change(({ device, clinic }) => ({ device, clinic: withLog(clinic, log) }))
  session.otherLog.value = null
  await session.sync()
}

async function confirmClock(session: Session): Promise<void> {
  session.stopped.value = await confirmPairs(session.unlocked)
  session.problem.value = session.stopped.value
  await retryStrays(session.unlocked)
  await session.sync()
}

async function acceptWitnesses({ remote }: Session, own: OwnRows): Promise<void> {
  const policy = remote.value?.log.policy
  if (policy !== undefined)
    await own.change(({ device, clinic }) => ({
      device,
      clinic: { ...clinic, log: { ...clinic.log, policy } },
    }))
}

const readRows = async (unlocked: Unlocked, known: KnownPairs) => ({
  pairs: await viewPairs(unlocked, known),
  waiting: await unlocked.rows.count(outboxPrefix),
  strays: await unlocked.rows.count(strayPrefix),
})

function showRows(session: Session, { pairs, waiting, strays }: Awaited<ReturnType<typeof readRows>>): void {
  session.pairs.value = pairs
  session.waiting.value = waiting
  session.strays.value = strays
}
