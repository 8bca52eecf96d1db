/** Who the clinic is, and who this device is for it: asked at the first contact, after each break, and from time to time. */
import type { Clinic } from '../api/answers.js'
import { begunKey } from '../device/own-rows.js'
import { consoleError } from '../errors.js'
import type { Session, SessionOptions } from './session.js'

export type Meeting = SessionOptions & {
  /** When the clinic last said who it is. */
  metMs: number
}

const meetEveryMs = 60_000

/** @throws ChartsealError `console/other-log`, and as `finishEnrolling` */
export async function meetAgain(session: Session, meeting: Meeting): Promise<void> {
  const { unlocked, api, remote, isOnline } = session
  const ageMs = unlocked.clock.nowMs() - meeting.metMs
  if (remote.value !== null && isOnline.value === true && ageMs >= 0 && ageMs < meetEveryMs) return
  const now = await api.clinic()
  // Another tab may have accepted it, or moved.
  await meeting.own.refresh()
  requireLog(session, now)
  remote.value = now
  meeting.metMs = unlocked.clock.nowMs()
  if (session.device.movedMs > 0 || (await unlocked.rows.count(begunKey)) > 0) await moveOn(session, meeting)
}

/** Of a device that enrolled again, which few do. */
async function moveOn(session: Session, meeting: Meeting): Promise<void> {
  const { finishEnrolling, tellMove } = await import('../device/enrol-again.js')
  await finishEnrolling(meeting)
  const { ownCard } = await import('./own-card.js')
  await tellMove(session.unlocked, session.device.movedMs, await ownCard(session))
}

/** Another key of the log is another clinic, or a second history: nothing is sent to it before a person has compared it. */
function requireLog({ clinic, otherLog }: Session, { log }: Clinic): void {
  const isSame = log.verifierKey === clinic.log.verifierKey
  otherLog.value = isSame ? null : log
  if (!isSame) throw consoleError('console/other-log', {})
}
