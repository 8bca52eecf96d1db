/** Frames of care teams that came: each is taken by the seat that it belongs to, in one write with what it shows. */
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  inspectTeamFrame,
  peopleOf,
  receiveForTeam,
  selfOf,
  type TeamEvent,
  type TeamPerson,
  type TeamStep,
} from '@chartseal/elgamal-session/team'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import type { TeamDue } from './due.js'
import { decodeEvent, eventsOf } from './event-row.js'
import { eventRows } from './events.js'
import { withoutThem } from './keeping.js'
import { isBehind, type Seat, type WholeTeam, type Wiped, withTeam, writeTeam } from './team-row.js'

/** @param refs the care teams of this device */
export async function takeTeamFrame(
  unlocked: Unlocked,
  due: TeamDue,
  refs: readonly string[],
): Promise<void> {
  const id = idIn(due.content)
  let refused: Refused | null = null
  // Two people may name the same thread: it is of that one whose keys it fits.
  for (const ref of refs.filter(one => one.split('.').at(-1) === id)) {
    refused = await receive(unlocked, due, ref)
    if (refused === null) return
  }
  await drop(unlocked, due, refused)
}

/** The thread that it names; empty for bytes that only begin as a frame does. */
function idIn(frame: Uint8Array): string {
  try {
    const found = inspectTeamFrame(frame)
    return found === null ? '' : encodeBase64Url(found.id)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return ''
  }
}

interface Refused {
  readonly ref: string
  readonly code: string
}

/** `null`: it was taken. */
function receive(unlocked: Unlocked, due: TeamDue, ref: string): Promise<Refused | null> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (whole === null || seat === null) return { ref, code: 'team/not-in' }
    const taken = judged(unlocked, seat, due.content)
    if (taken instanceof ChartsealError) return { ref, code: taken.code }
    const next = { about: whole.about, seat: wiped(taken.seat) }
    // A keeper that was set back removes nobody before the keys are renewed: it waits.
    if (isBehind(seat) && taken.events.some(({ kind }) => kind === 'left')) return null
    const [after, beside] = settled(unlocked, next, taken.events, wiped)
    await writeTeam(unlocked, after, [...beside, [due.key, null]])
    return null
  })
}

/** What it leads to, or why it is refused. */
function judged(unlocked: Unlocked, seat: Seat, frame: Uint8Array): TeamStep<Seat> | ChartsealError {
  try {
    return receiveForTeam(seat, frame, unlocked)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return error
  }
}

const personIn = (seat: Seat, signing: Uint8Array): boolean =>
  peopleOf(seat).some(one => equal(one.signing, signing))

/** The keeper removes whoever says that they left. */
function settled(
  unlocked: Unlocked,
  whole: WholeTeam & { readonly seat: Seat },
  events: readonly TeamEvent[],
  wiped: Wiped,
): readonly [whole: WholeTeam, beside: Beside] {
  const { about, seat } = whole
  const rows = eventRows(unlocked, about.ref, events, selfOf(seat)?.signing)
  const isOut = events.some(({ kind }) => kind === 'removed')
  const hasChanged = isOut || events.some(({ kind }) => kind === 'changed')
  const changedMs = hasChanged ? unlocked.clock.nowMs() : about.changedMs
  // What was offered before they were removed brings nobody back.
  const offer = isOut ? new Uint8Array() : about.offer
  const now = { ...about, title: seat.title, changedMs, offer }
  const isIn = ({ signing }: TeamPerson): boolean => personIn(seat, signing)
  const left = events.flatMap(event => (event.kind === 'left' ? [event.person] : [])).filter(isIn)
  if (seat.kind !== 'keeper' || left.length === 0) return [{ about: now, seat }, rows]
  const [after, beside] = withoutThem(unlocked, { about: now, seat }, left, wiped, 'nothing')
  return [after, [...rows, ...beside]]
}

/** Of what one of its members signed a person is told, once for each run of the same; the rest anybody can send. */
const shownCodes = ['team/forked', 'team/bad-message', 'team/bad-commit', 'team/after-removal']

async function drop(unlocked: Unlocked, { key }: TeamDue, refused: Refused | null): Promise<void> {
  const gone = [[key, null]] as const
  if (refused === null || !shownCodes.includes(refused.code)) return unlocked.rows.write(gone)
  const { ref, code } = refused
  const last = await unlocked.rows.last(eventsOf(ref))
  const before = last === null ? null : decodeEvent(...last)
  const isSaid = before?.kind === 'refused' && before.code === code
  const rows = isSaid ? [] : eventRows(unlocked, ref, [{ kind: 'refused', code, reason: '' }])
  await unlocked.rows.write([...rows, ...gone])
}
