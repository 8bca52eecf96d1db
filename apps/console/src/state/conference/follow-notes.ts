/** What each screen of an unlocked device says of conferences, as it is now. */
import { effect } from '@preact/signals'
import type { OwnSeat } from '../../conference/seat-row.js'
import type { Session } from '../session.js'
import { telling } from '../telling.js'
import type { Conferences } from './conferences.js'
import type { LinkView } from './link.js'
import type { ConferenceNote, EmergencyNote } from './notes.js'
import type { Words } from './words.js'

/** Until what it gives is called. */
export function followNotes(session: Session, conferences: Conferences): () => void {
  const before = { notes: '' }
  const unfollow = effect(() => {
    const notes = [...hostingNotes(conferences), ...seatNotes(session, conferences)]
    const text = JSON.stringify(notes)
    if (text !== before.notes) session.conferences.value = notes
    before.notes = text
  })
  const unfollowEmergencies = effect(() => {
    const all = conferences.seats.value.flatMap(seat => emergenciesOf(session, conferences, seat))
    if (all.length + session.emergencies.peek().length > 0) session.emergencies.value = all
  })
  return () => {
    unfollow()
    unfollowEmergencies()
    session.conferences.value = []
    session.emergencies.value = []
  }
}

const apartKinds: readonly LinkView['kind'][] = ['dead', 'refused', 'failed', 'over']

function hostingNotes({ hosting }: Conferences): readonly ConferenceNote[] {
  const { value: on } = hosting
  if (on === null) return []
  const { id, title } = on.own
  return [
    {
      at: `conference/${id}`,
      kind: apartKinds.includes(on.link.value.kind) ? 'apart' : 'hosting',
      isLive: on.link.value.kind === 'live',
      title,
      peer: '',
    },
  ]
}

function seatNotes(session: Session, { seats, sittings }: Conferences): readonly ConferenceNote[] {
  const nowMs = session.unlocked.clock.nowMs()
  return seats.value.flatMap(({ ref, pairId, title, state, untilMs }) => {
    const link = sittings.value.get(ref)?.link.value.kind
    const kind = state === 'joined' ? (link === 'live' ? 'here' : 'apart') : 'invited'
    const isShown = untilMs > nowMs && (state === 'invited' || (state === 'joined' && link !== undefined))
    const note = {
      at: `seat/${ref}`,
      kind,
      isLive: kind === 'here',
      title,
      peer: peerOf(session, pairId),
    } as const
    return isShown ? [note] : []
  })
}

function emergenciesOf(session: Session, conferences: Conferences, seat: OwnSeat): readonly EmergencyNote[] {
  const words = conferences.words.value.get(seat.ref)
  if (words === undefined) return []
  const peer = peerOf(session, seat.pairId)
  return words.all.value
    .filter(({ kind, state }) => kind === 'emergency' && state === 'new')
    .map(({ key, text, atMs }) => ({
      at: `seat/${seat.ref}`,
      text,
      atMs,
      peer,
      read: () => readOne(words, key).catch(telling(session)),
    }))
}

async function readOne(words: Words, key: string): Promise<void> {
  words.change(word => word.key === key, { state: 'there' })
  await words.flush()
}

const peerOf = ({ pairs }: Session, pairId: string): string =>
  pairs.value.find(({ id }) => id === pairId)?.peerName ?? ''
