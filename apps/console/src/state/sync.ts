/** One exchange with the clinic: what waits goes out, what came is taken, and what hangs on it is loaded. */
import { JsonObject } from '@chartseal/core/json'
import { isOffline, isRefused } from '../api/refusals.js'
import { conferencePrefix, duePrefix, seatPrefix } from '../conference/due.js'
import { seenPrefix } from '../emergency/rows.js'
import { consoleError } from '../errors.js'
import { teamDuePrefix, teamPrefix } from '../team/due.js'
import { refreshDelivered } from '../thread/delivered.js'
import { fetchInbox } from '../thread/inbox.js'
import { flush } from '../thread/outbox.js'
import { type Meeting, meetAgain } from './meeting.js'
import { readOpenThread } from './reading.js'
import type { Session } from './session.js'
import { telling } from './telling.js'

const laterMs = 60_000

export async function syncAll(session: Session, meeting: Meeting): Promise<void> {
  try {
    await meetAgain(session, meeting)
    await exchange(session)
    await session.refresh()
    // Such as what a full mailbox did not take.
    if (session.waiting.value > 0) session.again(laterMs)
  } catch (error) {
    // What a lock cut short has failed in nothing.
    if (session.signal.aborted) return
    session.problem.value = isOffline(error) ? session.stopped.value : error
    session.isOnline.value = false
    await session.refresh().catch(telling(session))
  }
}

/** @throws ChartsealError `console/offline`, and what keeps everything where it is */
async function exchange(session: Session): Promise<void> {
  const { unlocked, api, device } = session
  await leaveAll(session)
  const { problem } = await fetchInbox(unlocked, api, device.mailbox)
  session.problem.value = problem ?? session.stopped.value
  await refreshDelivered(unlocked, api)
  await readOpenThread(session)
  // What was opened just now is told at once.
  await leaveAll(session)
  session.isOnline.value = true
  session.contactMs.value = unlocked.clock.nowMs()
  // Blocks may take long: messages do not wait for them.
  void session.settle()
  void followConferences(session)
  void followTeams(session)
  void followRequests(session)
}

/** Loads what runs conferences only when there is one. */
export async function followConferences(session: Session): Promise<void> {
  const { rows } = session.unlocked
  try {
    const counts = await Promise.all([duePrefix, conferencePrefix, seatPrefix].map(rows.count))
    if (counts.every(count => count === 0)) return
    const { conferencesOf } = await import('./conference/conferences.js')
    await conferencesOf(session).refresh()
  } catch (reason) {
    telling(session)(reason)
  }
}

/** Loads what keeps care teams only when there is one. */
export async function followTeams(session: Session): Promise<void> {
  const { rows } = session.unlocked
  try {
    const counts = await Promise.all([teamDuePrefix, teamPrefix].map(rows.count))
    if (counts.every(count => count === 0)) return
    const { teamsOf } = await import('./team/teams.js')
    await teamsOf(session).refresh()
  } catch (reason) {
    telling(session)(reason)
  }
}

const followedNews = new WeakMap<Session, number>()

/**
 * Loads what follows requests of break-glass only when the clinic has one for this device: asked once after unlocking, and
 * whenever it says that something came.
 */
async function followRequests(session: Session): Promise<void> {
  const { value: news } = session.requestNews
  if (followedNews.get(session) === news) return
  followedNews.set(session, news)
  try {
    const asked = await session.requests.signed('GET', '/v1/breakglass?limit=1', 'json')
    const { length } = JsonObject.parse(new TextDecoder().decode(asked)).objects('requests')
    // One that was seen here and is gone must be told, too.
    if (length === 0 && (await session.unlocked.rows.count(seenPrefix)) === 0) return
    const { followNotes } = await import('./emergency/follow-notes.js')
    await followNotes(session)
  } catch (reason) {
    if (isOffline(reason)) followedNews.delete(session)
    // A clinic that is older than this page has none.
    else if (!isRefused(reason)) telling(session)(reason)
  }
}

/** Loads what sends records only when one is due. What fails waits for the next contact. */
export async function settleAll(session: Session): Promise<void> {
  try {
    if ((await session.unlocked.rows.count('due-')) === 0) return
    const { settleDue } = await import('./settling.js')
    await settleDue(session)
  } catch (reason) {
    // What a lock cut short goes on after the next unlock.
    telling(session)(reason)
  }
}

async function leaveAll(session: Session): Promise<void> {
  const flushed = await flush(session.unlocked, session.api)
  if (flushed.kind === 'offline') throw consoleError('console/offline', {})
  if (flushed.kind === 'later') session.again(flushed.retryMs)
}
