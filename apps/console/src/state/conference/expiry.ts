/** What has had its time ends while the page is open, with nobody doing anything. */
import { effect } from '@preact/signals'
import { isExpired } from '../../conference/seat-row.js'
import type { Session } from '../session.js'
import { telling } from '../telling.js'
import type { Conferences } from './conferences.js'

const lookMs = 5_000

/** Until what it gives is called. */
export function followTime(session: Session, conferences: Conferences): () => void {
  const { clock } = session.unlocked
  const look = (): void => {
    const nowMs = clock.nowMs()
    const { value: hosting } = conferences.hosting
    if (conferences.seats.value.some(seat => isExpired(seat, nowMs)))
      conferences.refresh().catch(telling(session))
    // The clinic and this clock agree: its keys are of no use to anybody.
    if (hosting?.link.value.kind === 'over' && hosting.untilMs <= nowMs && isOn(conferences, hosting.own.id))
      conferences.end(hosting.own.id).catch(telling(session))
  }
  const stop = session.every(lookMs, look)
  const unwatch = effect(look)
  return () => {
    stop()
    unwatch()
  }
}

const isOn = ({ own }: Conferences, id: string): boolean =>
  own.value.some(one => one.id === id && one.state === 'on')
