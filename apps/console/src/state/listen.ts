/** What an unlocked device does by itself, from its first moment until it locks. */
import { stepPairs } from '../pairs/clock.js'
import { isPaired, type Pair } from '../pairs/pair-row.js'
import { lookAtPairs } from '../pairs/pairs.js'
import { followMoves } from '../thread/delivered.js'
import { retryStrays } from '../thread/inbox.js'
import type { Session } from './session.js'
import { followConferences, followTeams } from './sync.js'
import { telling } from './telling.js'
import { followEvents } from './wake-ups.js'

/** Looks once at the start and whenever the clinic says that something came; goes on when the connection breaks. */
export async function listen(session: Session): Promise<void> {
  await begin(session).catch(telling(session))
  if (session.device.mailbox !== '') await followEvents(session)
}

/** The keys of every pair move to the present, and what came before them is tried again. */
async function begin(session: Session): Promise<void> {
  const { unlocked, stopped, problem } = session
  stopped.value = await stepPairs(unlocked)
  // A contact may have found another problem meanwhile.
  problem.value = stopped.value ?? problem.value
  await retryStrays(unlocked)
  await followMoves(unlocked)
  void followConferences(session)
  void followTeams(session)
  // What it loads may take long: messages do not wait for it.
  void beginRecords(session).catch(telling(session))
}

/**
 * Loads what tells a record key, and sweeps, only when there is something to do. Without it, such as with no network at the
 * first start, that waits for the next time.
 */
async function beginRecords(session: Session): Promise<void> {
  const { unlocked } = session
  const isUntold = (pair: Pair): boolean => isPaired(pair) && pair.toldRecord === ''
  const isDue =
    (await lookAtPairs(unlocked, isUntold)).some(Boolean) ||
    (await unlocked.rows.count('block/')) > 0 ||
    (await unlocked.rows.count('own-record/')) > 0
  const settling = isDue ? await import('./settling.js').catch(() => null) : null
  if (!session.signal.aborted) await settling?.beginRecords(session)
}
