/** An unlocked device: what its screens work with until it locks. */
import { type Signal, signal } from '@preact/signals'
import type { Clinic } from '../api/answers.js'
import { type ClinicApi, isOffline } from '../api/client.js'
import type { DeviceRow, PinnedClinic } from '../device/device-row.js'
import { consoleError } from '../errors.js'
import type { Unlocked } from '../pairs/pairs.js'
import { fetchInbox, markRead, readThread, refreshDelivered } from '../thread/inbox.js'
import type { MessageRow } from '../thread/message-row.js'
import { flush, outboxItems } from '../thread/outbox.js'
import { type PairView, viewPairs } from './views.js'

export interface Session {
  readonly unlocked: Unlocked
  readonly api: ClinicApi
  readonly device: DeviceRow
  readonly clinic: PinnedClinic
  readonly pairs: Signal<readonly PairView[]>
  /** The open thread; `null` when none is. */
  readonly thread: Signal<OpenThread | null>
  /** What the clinic says of itself now; `null` before it was asked. */
  readonly remote: Signal<Clinic | null>
  readonly wait: SessionOptions['wait']
  /** `null` before the first contact. */
  readonly isOnline: Signal<boolean | null>
  /** When the clinic last answered. */
  readonly contactMs: Signal<number>
  /** How many items wait to leave. */
  readonly waiting: Signal<number>
  readonly strays: Signal<number>
  /** What keeps messages at the clinic; `null` when nothing does. */
  readonly problem: Signal<unknown>
  /** Something changed here or may have there: look soon. */
  poke(): void
  /** Everything that waits goes out, everything that came is taken; resolves when it was tried. */
  sync(): Promise<void>
  /** Reads again what is stored. */
  refresh(): Promise<void>
  openThread(pairId: string | null): Promise<void>
  stop(): void
}

export interface OpenThread {
  readonly pairId: string
  readonly messages: readonly MessageRow[]
}

export interface SessionOptions {
  readonly unlocked: Unlocked
  readonly api: ClinicApi
  readonly device: DeviceRow
  readonly clinic: PinnedClinic
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export function openSession(options: SessionOptions): Session {
  const { unlocked, device } = options
  const stopping = new AbortController()
  const once = oneAtATime()
  const session: Session = {
    ...options,
    pairs: signal<readonly PairView[]>([]),
    thread: signal<OpenThread | null>(null),
    remote: signal<Clinic | null>(null),
    isOnline: signal<boolean | null>(null),
    contactMs: signal(0),
    waiting: signal(0),
    strays: signal(0),
    problem: signal<unknown>(null),
    poke() {
      if (!stopping.signal.aborted) void session.sync()
    },
    sync: () => once(() => syncAll(session)),
    refresh: () => refresh(session),
    async openThread(pairId) {
      session.thread.value = pairId === null ? null : { pairId, messages: await readThread(unlocked, pairId) }
      if (pairId !== null && (await markRead(unlocked, pairId))) session.poke()
      await refresh(session)
    },
    stop: () => stopping.abort(),
  }
  void listen(session, options.wait, stopping.signal, device)
  return session
}

/** Whoever asks while it runs gets the run that follows. */
function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (work: () => Promise<void>): Promise<void> => {
    running = work().finally(() => {
      running = null
    })
    return running
  }
  return work => {
    if (running === null) return start(work)
    next ??= running.then(() => {
      next = null
      return start(work)
    })
    return next
  }
}

async function syncAll(session: Session): Promise<void> {
  const { unlocked, api, device } = session
  try {
    await compareClinic(session)
    const flushed = await flush(unlocked, api)
    if (flushed.kind === 'offline') return await offline(session)
    const { problem } = await fetchInbox(unlocked, api, device.mailbox)
    session.problem.value = problem
    await askDelivered(session)
    await readOpenThread(session)
    // What was opened just now is told at once.
    await flush(unlocked, api)
    session.isOnline.value = true
    session.contactMs.value = unlocked.clock.nowMs()
  } catch (error) {
    session.problem.value = isOffline(error) ? null : error
    await offline(session)
    return
  }
  await refresh(session)
}

/** Another key of the log is another clinic, or a second history: nothing is sent to it. */
async function compareClinic({ api, clinic, remote }: Session): Promise<void> {
  if (remote.value !== null) return
  const now = await api.clinic()
  if (now.log.verifierKey !== clinic.log.verifierKey) throw consoleError('console/other-log', {})
  remote.value = now
}

async function offline(session: Session): Promise<void> {
  session.isOnline.value = false
  await refresh(session)
}

async function askDelivered({ unlocked, api, pairs }: Session): Promise<void> {
  for (const { id, peerBox } of pairs.value) {
    if (peerBox !== '') await refreshDelivered(unlocked, api, id, peerBox)
  }
}

async function readOpenThread({ unlocked, thread }: Session): Promise<void> {
  if (thread.value !== null) await markRead(unlocked, thread.value.pairId)
}

async function refresh(session: Session): Promise<void> {
  const { unlocked, thread } = session
  session.pairs.value = await viewPairs(unlocked)
  session.waiting.value = (await outboxItems(unlocked)).filter(({ isHeld }) => !isHeld).length
  session.strays.value = (await unlocked.rows.range('stray/')).length
  const open = thread.value
  if (open === null) return
  const messages = await readThread(unlocked, open.pairId)
  if (thread.value?.pairId === open.pairId) thread.value = { pairId: open.pairId, messages }
}

const retryMs = 5_000

/** Looks once at the start and whenever the clinic says that something came; goes on when the connection breaks. */
async function listen(
  session: Session,
  wait: SessionOptions['wait'],
  stopped: AbortSignal,
  { mailbox }: DeviceRow,
): Promise<void> {
  while (!stopped.aborted && mailbox !== '') {
    await session.sync()
    if (session.isOnline.value === true) await heard(session, stopped)
    if (!stopped.aborted) await wait(retryMs, stopped)
  }
}

async function heard({ api, poke }: Session, stopped: AbortSignal): Promise<void> {
  try {
    await api.events(poke, stopped)
  } catch {
    // The stream broke: the loop looks again.
  }
}
