/** A clinician begins a care team and keeps it: whoever is invited, added and removed is so in one write with what says so. */

import {
  formatTeamInvitation,
  formatTeamWelcome,
  parseTeamAnswer,
  teamAnswerType,
} from '@chartseal/clinic/team'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  addToTeam,
  createTeam,
  inviteToTeam,
  removeFromTeam,
  renewTeam,
  type TeamAnswer,
  type TeamKeeper,
  type TeamPerson,
  type TeamRole,
  updateInTeam,
} from '@chartseal/elgamal-session/team'
import { consoleError } from '../errors.js'
import { mayTell, mayWrite } from '../pairs/may-write.js'
import { isCovered, type Pair } from '../pairs/pair-row.js'
import { type Beside, changePair, lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { sealInvitation, sealQuietly } from '../thread/send.js'
import { copyRows, tagOf } from './copies.js'
import { type TeamDue, welcomeRow } from './due.js'
import { newEventKey } from './event-row.js'
import { ownEvent } from './events.js'
import {
  type AboutTeam,
  isBehind,
  teamRow,
  type WholeTeam,
  type Wiped,
  withTeam,
  writeTeam,
} from './team-row.js'

export interface NewTeam {
  readonly title: string
  /** As everybody in it sees this side. */
  readonly name: string
  readonly box: string
}

/**
 * With nobody else in it yet; gives its ref.
 * @throws ChartsealError `console/kit-first`, `team/bad-text`
 */
export async function beginTeam(unlocked: Unlocked, { title, name, box }: NewTeam): Promise<string> {
  if (!(await lookAtPairs(unlocked, isCovered)).some(Boolean)) throw consoleError('console/kit-first', {})
  const nowMs = unlocked.clock.nowMs()
  const seat = createTeam({ title: title.trim(), name, role: 'clinician', box }, unlocked)
  const ref = encodeBase64Url(seat.id)
  await withTeam(unlocked, ref, async (_, wiped) => {
    const about = { ref, pairId: '', title: seat.title, createdMs: nowMs, changedMs: nowMs, ...nothing }
    await writeTeam(unlocked, { about, seat: wiped(seat) }, ownEvent(unlocked, ref, { kind: 'began' }).rows)
  })
  return ref
}

const nothing = { isEnded: false, offer: new Uint8Array() } as const

interface Kept {
  readonly about: AboutTeam
  readonly seat: TeamKeeper
}

/** One step of its keeper. @throws ChartsealError `console/team-over` where this device keeps none that goes on */
function keep<Result>(
  unlocked: Unlocked,
  ref: string,
  step: (kept: Kept, wiped: Wiped) => Promise<Result>,
): Promise<Result> {
  return withTeam(unlocked, ref, (whole, wiped) => step(kept(whole), wiped))
}

function kept(whole: WholeTeam | null): Kept {
  const seat = whole?.seat ?? null
  if (whole === null || seat?.kind !== 'keeper' || whole.about.isEnded)
    throw consoleError('console/team-over', {})
  return { about: whole.about, seat }
}

/**
 * Seals an invitation to one pair; who is in it already is invited for another device.
 * @throws ChartsealError `console/blocked`, `console/kit-first`, `console/team-over`, `keyring/…`
 */
export async function inviteTo(unlocked: Unlocked, ref: string, pairId: string): Promise<void> {
  await keep(unlocked, ref, ({ about, seat }, wiped) =>
    changePair(unlocked, pairId, async pair => {
      await mayWrite(unlocked, pair)
      const person = { pair: pairId, name: pair.device.peerName, role: roleOf(pair) }
      const isAgain = seat.pairs.some(known => known.pair === pairId)
      const invited = inviteToTeam(seat, person, { again: isAgain })
      const body = formatTeamInvitation(invited.invitation)
      const sealed = sealInvitation(unlocked, pair, body, { id: ref, name: about.title })
      const row = teamRow({ about, seat: wiped(invited.seat) })
      return { ...sealed, result: null, beside: [...(sealed.beside ?? []), row] }
    }),
  )
}

const roleOf = ({ device }: Pair): TeamRole => (device.isColleague ? 'clinician' : 'patient')

/**
 * An answer that came: whoever was invited is in it from now on. `false`: it waits until this side may write to them. What
 * is no answer, or of somebody who was not invited, is dropped.
 */
export async function takeTeamAnswer(unlocked: Unlocked, due: TeamDue): Promise<boolean> {
  const gone = [[due.key, null]] as const
  const answer = answerIn(due)
  const ref = answer === null ? '' : encodeBase64Url(answer.id)
  return withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (answer === null || whole === null || seat?.kind !== 'keeper' || whole.about.isEnded) {
      await unlocked.rows.write(gone)
      return true
    }
    return changePair(unlocked, due.pairId, async pair => {
      // Of a device that was set back it waits until the keys are renewed.
      if (isBehind(seat) || !(await mayTell(unlocked, pair))) return { result: false, pair: null }
      const beside = addedBy(unlocked, { about: whole.about, seat }, pair, answer, wiped)
      if (beside === null) return { result: true, pair: null, beside: gone }
      const welcome = sealQuietly(unlocked, pair, formatTeamWelcome(beside.welcome), true)
      beside.welcome.fill(0)
      return { ...welcome, result: true, beside: [...(welcome.beside ?? []), ...beside.rows, ...gone] }
    })
  })
}

function answerIn({ content }: TeamDue): TeamAnswer | null {
  try {
    return parseTeamAnswer({ mediaType: teamAnswerType, content })
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/** `null`: they are not to be added. */
function addedBy(
  unlocked: Unlocked,
  { about, seat }: Kept,
  pair: Pair,
  answer: TeamAnswer,
  wiped: Wiped,
): { readonly welcome: Uint8Array; readonly rows: Beside } | null {
  try {
    const added = addToTeam(seat, pair.id, answer, unlocked)
    const { key, rows } = ownEvent(unlocked, about.ref, { kind: 'added', names: [added.added.name] })
    const copies = copyRows(unlocked, about.ref, key, added)
    const row = teamRow({ about, seat: wiped(added.seat) })
    // An answer that came twice adds nobody, and gives the welcome once more.
    const isNew = added.seat.epochs[0]?.epoch !== seat.epochs[0]?.epoch
    return { welcome: added.welcome, rows: [row, ...(isNew ? rows : []), ...copies.rows] }
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return null
  }
}

/** Whoever has this tag is in it no more, and is told so as the others are. @throws ChartsealError `console/team-over` */
export function removeFrom(unlocked: Unlocked, ref: string, tag: string): Promise<void> {
  return keep(unlocked, ref, async ({ about, seat }, wiped) => {
    const person = seat.epochs[0]?.people.find(one => tagOf(one) === tag)
    if (person === undefined) return
    await writeTeam(unlocked, ...withoutThem(unlocked, { about, seat }, [person], wiped, 'removed'))
  })
}

/** What is to be written when these are in it no more; each is told. */
export function withoutThem(
  unlocked: Unlocked,
  { about, seat }: Kept,
  people: readonly TeamPerson[],
  wiped: Wiped,
  shown: 'removed' | 'ended' | 'nothing',
): [whole: WholeTeam, beside: Beside] {
  const names = people.map(({ name }) => name)
  const said = shown === 'nothing' ? null : ownEvent(unlocked, about.ref, { kind: shown, names })
  const at = said ?? ownEvent(unlocked, about.ref, { kind: 'removed' })
  let after = seat
  const rows = people.flatMap((person, i) => {
    const removed = removeFromTeam(after, person.signing, unlocked)
    after = wiped(removed.seat)
    return copyRows(unlocked, about.ref, `${at.key}${i === 0 ? '' : `.${i}`}`, removed).rows
  })
  return [
    { about: { ...about, changedMs: unlocked.clock.nowMs() }, seat: after },
    [...(said?.rows ?? []), ...rows],
  ]
}

/** Everybody is removed, and nothing more is written in it. @throws ChartsealError `console/team-over` */
export function endTeam(unlocked: Unlocked, ref: string): Promise<void> {
  return withTeam(unlocked, ref, async (whole, wiped) => {
    // Another tab was first.
    if (whole?.about.isEnded === true) return
    const { about, seat } = kept(whole)
    const others = (seat.epochs[0]?.people ?? []).filter(({ leaf }) => leaf !== 0)
    const [after, beside] = withoutThem(unlocked, { about, seat }, others, wiped, 'ended')
    await writeTeam(unlocked, { ...after, about: { ...after.about, isEnded: true } }, beside)
  })
}

/** Where a member, or this side, is reached now. */
export interface Reached {
  readonly tag: string
  readonly box: string
}

/** Whoever is in another mailbox now is reached there: all are told. */
export function moveTo(unlocked: Unlocked, ref: string, moved: readonly Reached[]): Promise<void> {
  return keep(unlocked, ref, async ({ about, seat }, wiped) => {
    let after = seat
    const at = newEventKey(ref, unlocked)
    const rows = moved.flatMap(({ tag, box }, i) => {
      const person = after.epochs[0]?.people.find(one => tagOf(one) === tag)
      if (person === undefined || person.box === box) return []
      const updated = updateInTeam(after, person.signing, { box }, unlocked)
      after = wiped(updated.seat)
      return copyRows(unlocked, ref, `${at}.${i}`, updated).rows
    })
    if (rows.length > 0) await writeTeam(unlocked, { about, seat: after }, rows)
  })
}

/** After this device was set back: new keys for everybody, each in their own thread. */
export function renewKeys(unlocked: Unlocked, ref: string): Promise<void> {
  return keep(unlocked, ref, async ({ about, seat }, wiped) => {
    const { seat: renewed, welcomes } = renewTeam(seat, unlocked)
    const waiting = welcomes.map(({ pair, welcome }) => welcomeRow(unlocked, pair, welcome))
    const said = ownEvent(unlocked, ref, { kind: 'renewed' })
    await writeTeam(unlocked, { about, seat: wiped(renewed) }, [...said.rows, ...waiting])
    for (const { welcome } of welcomes) welcome.fill(0)
  })
}

/** Keys that are here and wait to be sealed for their pair. `false`: they wait on until this side may write to them. */
export function giveWelcome(unlocked: Unlocked, due: TeamDue): Promise<boolean> {
  return changePair(unlocked, due.pairId, async pair => {
    if (!(await mayTell(unlocked, pair))) return { result: false, pair: null }
    const told = sealQuietly(unlocked, pair, formatTeamWelcome(due.content), true)
    return { ...told, result: true, beside: [...(told.beside ?? []), [due.key, null]] }
  })
}
