/** Frames of care teams that came: each is taken by the seat that it belongs to, in one write with what it shows. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { inspectTeamFrame, receiveForTeam, type TeamEvent } from '@chartseal/elgamal-session/team'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import type { TeamDue } from './due.js'
import { decodeEvent, eventsOf } from './event-row.js'
import { eventRows } from './events.js'
import { withoutThem } from './keeping.js'
import { type Seat, type WholeTeam, type Wiped, withTeam, writeTeam } from './team-row.js'

/** `done`: nothing is left of it. `later`: it waits for keys that are on their way. */
export type FrameTaken = 'done' | 'later'

/** @param refs the care teams of this device */
export async function takeTeamFrame(
  unlocked: Unlocked,
  due: TeamDue,
  refs: readonly string[],
): Promise<FrameTaken> {
  const found = inspectTeamFrame(due.content)
  const id = found === null ? '' : encodeBase64Url(found.id)
  let refused: { readonly ref: string; readonly code: string } | null = null
  // Two people may name the same thread: it is of that one whose keys it fits.
  for (const ref of refs.filter(one => one.split('.').at(-1) === id)) {
    const code = await receive(unlocked, due, ref)
    if (code === null) return 'done'
    if (code === waitsForKeys) return 'later'
    refused = { ref, code }
  }
  await drop(unlocked, due, refused)
  return 'done'
}

const waitsForKeys = 'later'

/** `null`: it was taken; otherwise why not. */
function receive(unlocked: Unlocked, due: TeamDue, ref: string): Promise<string | null> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (whole === null || seat === null) return 'team/not-in'
    if (seat.phase === 'asked') return waitsForKeys
    try {
      const taken = receiveForTeam(seat, due.content, unlocked)
      const next = { about: whole.about, seat: wiped(taken.seat) }
      const [after, beside] = settled(unlocked, next, taken.events, wiped)
      await writeTeam(unlocked, after, [...beside, [due.key, null]])
      return null
    } catch (error) {
      if (!(error instanceof ChartsealError) || !error.code.startsWith('team/')) throw error
      return error.code
    }
  })
}

/** The keeper removes whoever says that they left. */
function settled(
  unlocked: Unlocked,
  whole: WholeTeam & { readonly seat: Seat },
  events: readonly TeamEvent[],
  wiped: Wiped,
): readonly [whole: WholeTeam, beside: Beside] {
  const { about, seat } = whole
  const rows = eventRows(unlocked, about.ref, events)
  const hasChanged = events.some(({ kind }) => changes.includes(kind))
  const changedMs = hasChanged ? unlocked.clock.nowMs() : about.changedMs
  const title = seat.title
  const left = events.flatMap(event => (event.kind === 'left' ? [event.person] : []))
  if (seat.kind !== 'keeper' || left.length === 0)
    return [{ about: { ...about, title, changedMs }, seat }, rows]
  const [after, beside] = withoutThem(unlocked, { about, seat }, left, wiped, 'nothing')
  return [after, [...rows, ...beside]]
}

const changes: readonly TeamEvent['kind'][] = ['removed', 'changed']

/** Of what one of its members signed a person is told, once for each run of the same; the rest anybody can send. */
const shownCodes = ['team/forked', 'team/bad-message', 'team/bad-commit', 'team/after-removal']

async function drop(
  unlocked: Unlocked,
  { key }: TeamDue,
  refused: { readonly ref: string; readonly code: string } | null,
): Promise<void> {
  const gone = [[key, null]] as const
  if (refused === null || !shownCodes.includes(refused.code)) return unlocked.rows.write(gone)
  const { ref, code } = refused
  const last = await unlocked.rows.last(eventsOf(ref))
  const before = last === null ? null : decodeEvent(...last)
  const isSaid = before?.kind === 'refused' && before.code === code
  const rows = isSaid ? [] : eventRows(unlocked, ref, [{ kind: 'refused', code, reason: '' }])
  await unlocked.rows.write([...rows, ...gone])
}
