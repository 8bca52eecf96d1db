/** What the frame says of requests of break-glass: loaded when the clinic has one for this device. */
import { phaseAt, waitsUntilMs } from '@chartseal/clinic/break-glass'
import { effect } from '@preact/signals'
import type { Followed } from '../../emergency/follow.js'
import type { Session } from '../session.js'
import { type Emergencies, emergenciesOf } from './emergencies.js'
import type { RequestNote } from './notes.js'
import { actsOf, isReviewed, mayVeto } from './seat.js'

const followed = new WeakSet<Session>()

/** Reads the queue; from the first time on, notes follow from whatever was read last. */
export async function followNotes(session: Session): Promise<void> {
  const emergencies = emergenciesOf(session)
  if (!followed.has(session)) {
    followed.add(session)
    const end = effect(() => {
      session.requestNotes.value = notesOf(emergencies)
    })
    session.signal.addEventListener('abort', end, { once: true })
  }
  await emergencies.refresh()
}

function notesOf(emergencies: Emergencies): readonly RequestNote[] {
  const { value: found } = emergencies.found
  if (found === null) return []
  const isTrouble = found.broken.length + found.lost.length > 0
  const trouble = { at: 'emergency', kind: 'trouble', about: '', isDrill: false, untilMs: 0 } as const
  return [...(isTrouble ? [trouble] : []), ...found.requests.flatMap(one => noteOf(emergencies, one))]
}

function noteOf(emergencies: Emergencies, one: Followed): readonly RequestNote[] {
  const { about, isDrill } = one.state.set.content
  const kind = kindOf(emergencies, one)
  return kind === null
    ? []
    : [{ at: `emergency/${one.id}`, kind, about, isDrill, untilMs: waitsUntilMs(one.state) }]
}

function kindOf(emergencies: Emergencies, one: Followed): RequestNote['kind'] | null {
  const seat = emergencies.seatIn(one)
  const acts = actsOf(one.state, seat, emergencies.nowMs)
  const phase = phaseAt(one.state, emergencies.nowMs)
  if (acts.open && phase === 'released') return 'open'
  if ((seat.isPatient || seat.isOwner) && one.state.openedMs !== null && !emergencies.isTold(one))
    return 'opened'
  if (acts.release && phase === 'asked') return 'decide'
  if (mayVeto(one.state, seat, emergencies.nowMs)) return 'veto'
  return acts.review && !isReviewed(one.state, emergencies.roster) ? 'review' : null
}
