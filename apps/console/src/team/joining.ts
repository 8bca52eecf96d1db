/** Whoever is invited to a care team: a person accepts, and is in it once the keeper's device has added them. */
import { formatTeamAnswer, parseTeamInvitation, teamInvitationType } from '@chartseal/clinic/team'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  leaveTeam,
  peopleOf,
  type TeamInvitation,
  type TeamMember,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
} from '@chartseal/elgamal-session/team'
import { consoleError } from '../errors.js'
import { mayTell } from '../pairs/may-write.js'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import { peerRefOf } from '../thread/invited.js'
import { sealQuietly } from '../thread/send.js'
import { copyRows } from './copies.js'
import type { TeamDue } from './due.js'
import { eventRows, ownEvent } from './events.js'
import { type AboutTeam, teamRow, type WholeTeam, withTeam, writeTeam } from './team-row.js'

/** An invitation waits for a person. Of who is in it, nothing is asked; what is none is dropped. */
export async function takeTeamOffer(unlocked: Unlocked, due: TeamDue): Promise<void> {
  const gone = [[due.key, null]] as const
  const invitation = invitationIn(due.content)
  if (invitation === null) return unlocked.rows.write(gone)
  const ref = peerRefOf(due.pairId, encodeBase64Url(invitation.id))
  const nowMs = unlocked.clock.nowMs()
  await withTeam(unlocked, ref, async whole => {
    const created = { ref, pairId: due.pairId, createdMs: nowMs, changedMs: nowMs, isEnded: false }
    const about = { ...created, ...whole?.about, title: invitation.title, offer: due.content }
    await writeTeam(unlocked, { about, seat: whole?.seat ?? null }, gone)
  })
}

function invitationIn(content: Uint8Array): TeamInvitation | null {
  try {
    return parseTeamInvitation({ mediaType: teamInvitationType, content })
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/**
 * A person accepts: a key of this thread alone is made, and the answer waits to leave.
 * @throws ChartsealError `console/kit-first`, `console/team-over`
 */
export function acceptOffer(unlocked: Unlocked, ref: string, box: string): Promise<void> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const invitation = whole === null ? null : invitationIn(whole.about.offer)
    // Another tab was first.
    if (invitation === null && isIn(whole)) return
    if (whole === null || invitation === null) throw consoleError('console/team-over', {})
    await changePair(unlocked, whole.about.pairId, async pair => {
      if (!(await mayTell(unlocked, pair))) throw consoleError('console/kit-first', {})
      const seat = wiped(takeTeamInvitation(invitation, unlocked))
      const told = sealQuietly(unlocked, pair, formatTeamAnswer(teamAnswerOf(seat, box)), true)
      const about = { ...whole.about, offer: new Uint8Array(), changedMs: unlocked.clock.nowMs() }
      return { ...told, beside: [...(told.beside ?? []), teamRow({ about, seat })] }
    })
  })
}

/** They have accepted, at least. */
const isIn = (whole: WholeTeam | null): boolean =>
  whole?.seat?.phase === 'asked' || whole?.seat?.phase === 'in'

/** The keys of the newest epoch, from the keeper in their own thread. What does not fit is said. */
export async function takeTeamKeys(unlocked: Unlocked, due: TeamDue, refs: readonly string[]): Promise<void> {
  for (const ref of refs) if (await isTaken(unlocked, due, ref)) return
  await unlocked.rows.write([[due.key, null]])
}

/** `false`: it is not for this care team. */
function isTaken(unlocked: Unlocked, due: TeamDue, ref: string): Promise<boolean> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (whole === null || seat?.kind !== 'member') return false
    const taken = welcomed(unlocked, seat, due.content)
    if (taken === null) return false
    const nowMs = unlocked.clock.nowMs()
    const names = peopleOf(wiped(taken.seat)).map(({ name }) => name)
    const isNew = taken.events.some(({ kind }) => kind === 'changed')
    const came = ownEvent(unlocked, ref, { kind: seat.phase === 'in' ? 'renewed' : 'came', names })
    const later = taken.events.filter(({ kind }) => kind !== 'changed')
    const about: AboutTeam = { ...whole.about, title: taken.seat.title, changedMs: nowMs }
    const shown = isNew ? came.rows : []
    const rows = [...shown, ...eventRows(unlocked, ref, later), [due.key, null] as const]
    await writeTeam(unlocked, { about, seat: taken.seat }, rows)
    return true
  })
}

function welcomed(unlocked: Unlocked, seat: TeamMember, welcome: Uint8Array) {
  try {
    return takeTeamWelcome(seat, welcome, unlocked)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/** Tells everybody, and holds no keys from then on. @throws ChartsealError `console/team-over` */
export function leaveIt(unlocked: Unlocked, ref: string): Promise<void> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (whole === null || seat?.kind !== 'member') throw consoleError('console/team-over', {})
    // Another tab was first.
    if (seat.phase === 'left') return
    const left = leaveTeam(seat, unlocked)
    const { key, rows } = ownEvent(unlocked, ref, { kind: 'own-left' })
    const copies = copyRows(unlocked, ref, key, left)
    const about = { ...whole.about, offer: new Uint8Array(), changedMs: unlocked.clock.nowMs() }
    await writeTeam(unlocked, { about, seat: wiped(left.seat) }, [...rows, ...copies.rows])
  })
}
