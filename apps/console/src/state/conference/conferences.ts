/** The conferences of an unlocked device: those that it holds, those to which it is invited, and what runs of them here. */
import { type Signal, signal } from '@preact/signals'
import { answerWaiting, takeInvitation } from '../../conference/accepting.js'
import { dueConferences } from '../../conference/due.js'
import { beginConference, type NewConference, takeAnswer } from '../../conference/inviting.js'
import { journalGone } from '../../conference/journal-rows.js'
import { changeOwn, type OwnConference, ownConferences, ownKeyOf } from '../../conference/own-conference.js'
import {
  changeSeat,
  endExpired,
  isExpired,
  type OwnSeat,
  ownSeats,
  type SeatState,
  seatKeyOf,
} from '../../conference/seat-row.js'
import { wordsOf as wordRowsOf } from '../../conference/word-row.js'
import { outboxPrefix } from '../../thread/outbox-item.js'
import type { Session } from '../session.js'
import { followTime } from './expiry.js'
import { followNotes } from './follow-notes.js'
import type { Hosting } from './hosting.js'
import { Runs } from './runs.js'
import type { Sitting } from './sitting.js'
import type { Words } from './words.js'

export interface Conferences {
  readonly own: Signal<readonly OwnConference[]>
  readonly seats: Signal<readonly OwnSeat[]>
  /** Both were read. */
  readonly isRead: Signal<boolean>
  /** What this tab holds; `null` when it holds none. */
  readonly hosting: Signal<Hosting | null>
  /** Where this tab is, by ref. */
  readonly sittings: Signal<ReadonlyMap<string, Sitting>>
  /** Ids and refs of what another tab runs. */
  readonly elsewhere: Signal<ReadonlySet<string>>
  /** Why what is on cannot go on here, by id or ref. */
  readonly failures: Signal<ReadonlyMap<string, unknown>>
  /** What was said, by id or ref; of all that is shown or runs here. */
  readonly words: Signal<ReadonlyMap<string, Words>>
  /** Takes what came, and runs what is on. */
  refresh(): Promise<void>
  /** Gives its id. @throws ChartsealError as `beginConference`, and of the first who could not be invited */
  begin(conference: NewConference, pairIds: readonly string[]): Promise<string>
  end(id: string): Promise<void>
  join(ref: string): Promise<void>
  leave(ref: string): Promise<void>
  /** Opens anew what could not go on. */
  tryAgain(ref: string): Promise<void>
  /** Erases what is kept of it here: of one that ended, or that this device has left. */
  forget(ref: string): Promise<void>
  /** Reads what was said in one that does not run here. */
  readWords(ref: string): Promise<void>
}

const opened = new WeakMap<Session, Conferences>()

/** Those of a session: made once, and gone with it. */
export function conferencesOf(session: Session): Conferences {
  const known = opened.get(session)
  if (known !== undefined) return known
  const made = createConferences(session)
  opened.set(session, made)
  return made
}

function createConferences(session: Session): Conferences {
  const { unlocked } = session
  const runs = new Runs(session, () => conferences.refresh())
  let last: Promise<void> = Promise.resolve()
  const conferences: Conferences = {
    own: signal<readonly OwnConference[]>([]),
    seats: signal<readonly OwnSeat[]>([]),
    isRead: signal(false),
    hosting: runs.hosting,
    sittings: runs.sittings,
    elsewhere: runs.elsewhere,
    failures: runs.failures,
    words: runs.words,
    refresh() {
      const next = last.then(() => refreshAll(session, conferences, runs))
      last = next.catch(() => undefined)
      return next
    },
    async begin(conference, pairIds) {
      const id = await beginConference(unlocked, conference)
      await conferences.refresh()
      await inviteAll(runs, pairIds)
      return id
    },
    async end(id) {
      await setEnding(session, id)
      await conferences.refresh()
    },
    async join(ref) {
      await setSeat(session, ref, 'joined')
      await conferences.refresh()
    },
    async leave(ref) {
      await setSeat(session, ref, 'left')
      await runs.leave(ref)
      await conferences.refresh()
    },
    async tryAgain(ref) {
      await runs.stop(ref)
      await conferences.refresh()
    },
    async forget(ref) {
      await runs.whileStopped(ref, async () => {
        const words = (await unlocked.rows.keys(wordRowsOf(ref))).map(key => [key, null] as const)
        const gone = [ownKeyOf(ref), seatKeyOf(ref)].map(key => [key, null] as const)
        await unlocked.rows.write([...gone, ...words, ...(await journalGone(unlocked, ref))])
      })
      await conferences.refresh()
    },
    async readWords(ref) {
      await runs.readWords(ref)
    },
  }
  const unfollow = [followNotes(session, conferences), followTime(session, conferences)]
  session.signal.addEventListener('abort', () => {
    for (const stop of unfollow) stop()
    void runs.stopAll()
  })
  return conferences
}

/** @throws what kept the first one out */
async function inviteAll({ hosting: { value: hosting } }: Runs, pairIds: readonly string[]): Promise<void> {
  await hosting?.invite(pairIds)
  if (hosting?.task.error.value != null) throw hosting.task.error.value
}

async function refreshAll(session: Session, conferences: Conferences, runs: Runs): Promise<void> {
  if (session.signal.aborted) return
  const { unlocked } = session
  const before = await unlocked.rows.count(outboxPrefix)
  for (const ref of await takeDue(session)) await runs.stop(ref)
  const nowMs = unlocked.clock.nowMs()
  for (const seat of conferences.seats.value) if (isExpired(seat, nowMs)) await runs.stop(seat.ref)
  await endExpired(unlocked)
  await answerWaiting(unlocked)
  if ((await unlocked.rows.count(outboxPrefix)) > before) session.poke()
  conferences.own.value = await ownConferences(unlocked)
  conferences.seats.value = await ownSeats(unlocked)
  conferences.isRead.value = true
  await runs.run(conferences.own.value, conferences.seats.value)
}

/** Gives the refs of the seats that are new: their keys are others now. One tab at a time. */
function takeDue({ unlocked }: Session): Promise<readonly string[]> {
  return unlocked.locks('chartseal/due-conferences', async () => {
    const refs: string[] = []
    for (const due of await dueConferences(unlocked)) {
      const ref = due.kind === 'invited' ? await takeInvitation(unlocked, due) : null
      if (due.kind === 'answered') await takeAnswer(unlocked, due)
      due.content.fill(0)
      if (ref !== null) refs.push(ref)
    }
    return refs
  })
}

async function setEnding({ unlocked }: Session, id: string): Promise<void> {
  await changeOwn(unlocked, id, ({ own, book }) => ({
    result: true,
    whole: own.state === 'on' ? { own: { ...own, state: 'ending' }, book } : null,
  }))
}

/** Not of one whose keys are gone. */
async function setSeat({ unlocked }: Session, ref: string, state: 'joined' | 'left'): Promise<void> {
  const changedMs = unlocked.clock.nowMs()
  await changeSeat(unlocked, ref, own => (keyless.includes(own.state) ? own : { ...own, state, changedMs }))
}

const keyless: readonly SeatState[] = ['removed', 'ended']
