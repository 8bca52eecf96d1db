/** What screens show of the care teams of this device: no secret is in it. */
import { peopleOf, selfOf, type TeamRole, wipeTeam } from '@chartseal/elgamal-session/team'
import type { Unlocked } from '../pairs/pairs.js'
import type { KnownRows } from '../store/sealed-rows.js'
import { tagOf } from './copies.js'
import { teamPrefix } from './due.js'
import { decodeEvent, eventsOf, type TeamEventRow, unreadEventsOf } from './event-row.js'
import { decodeWhole, isBehind, type Seat, type WholeTeam } from './team-row.js'

export interface TeamPersonView {
  /** Names them in this care team. */
  readonly tag: string
  readonly name: string
  readonly role: TeamRole
  readonly isKeeper: boolean
  readonly isSelf: boolean
  /** Where what is written here reaches them; empty where it does not. */
  readonly box: string
  /** The pair by which the keeper reaches them; empty for all others. */
  readonly pairId: string
}

export interface InvitedView {
  readonly pairId: string
  readonly name: string
  readonly role: TeamRole
}

/** `invited`: a person has to say whether they join. */
export type TeamState = 'invited' | 'asked' | 'in' | 'left' | 'removed' | 'ended'

export interface TeamView {
  readonly ref: string
  readonly pairId: string
  readonly title: string
  readonly createdMs: number
  readonly changedMs: number
  readonly isKeeper: boolean
  readonly state: TeamState
  /** Empty unless this side is in it. */
  readonly people: readonly TeamPersonView[]
  readonly invited: readonly InvitedView[]
  /** They are in it and were invited once more: with other keys they may have what is missing here. */
  readonly isInvitedAgain: boolean
  /** This device was set back: others are ahead of it. */
  readonly isBehind: boolean
  readonly unread: number
  readonly last: TeamEventRow | null
}

type BareView = Omit<TeamView, 'unread' | 'last'>
export type KnownTeams = KnownRows<BareView>

/** Those with news first, then by what was written last. */
export async function viewTeams(unlocked: Unlocked, known: KnownTeams): Promise<readonly TeamView[]> {
  const { rows } = unlocked
  const found = await rows.readOnce(teamPrefix, known, (key, bytes) => bareView(decodeWhole(key, bytes)))
  const views = await Promise.all(
    found.map(async view => {
      const unread = await rows.count(unreadEventsOf(view.ref))
      const last = await rows.last(eventsOf(view.ref))
      return { ...view, unread, last: last === null ? null : decodeEvent(...last) }
    }),
  )
  return views.toSorted((a, b) => Number(b.unread > 0) - Number(a.unread > 0) || newest(b) - newest(a))
}

const newest = ({ last, changedMs }: TeamView): number => Math.max(last?.atMs ?? 0, changedMs)

function bareView(whole: WholeTeam): BareView {
  const { about, seat } = whole
  const { ref, pairId, title, createdMs, changedMs } = about
  try {
    return {
      ...{ ref, pairId, title, createdMs, changedMs },
      isKeeper: seat?.kind === 'keeper',
      state: stateOf(whole),
      people: seat === null || about.isEnded ? [] : people(seat),
      invited: invitedOf(whole),
      isInvitedAgain: seat?.kind === 'member' && seat.phase === 'in' && about.offer.length > 0,
      isBehind: isBehind(seat),
    }
  } finally {
    if (seat !== null) wipeTeam(seat)
  }
}

function stateOf({ about, seat }: WholeTeam): TeamState {
  if (about.isEnded) return 'ended'
  if (seat?.phase === 'in') return 'in'
  return about.offer.length > 0 ? 'invited' : (seat?.phase ?? 'left')
}

const invitedOf = ({ about, seat }: WholeTeam): readonly InvitedView[] =>
  seat?.kind === 'keeper' && !about.isEnded
    ? seat.invited.map(({ pair, name, role }) => ({ pairId: pair, name, role }))
    : []

function people(seat: Seat): readonly TeamPersonView[] {
  const pairs = new Map(
    seat.kind === 'keeper' ? seat.pairs.map(({ leaf, pair }) => [leaf, pair] as const) : [],
  )
  const self = selfOf(seat)
  return peopleOf(seat).map(person => ({
    tag: tagOf(person),
    name: person.name,
    role: person.role,
    isKeeper: person.leaf === 0,
    isSelf: person === self,
    box: person.box,
    pairId: pairs.get(person.leaf) ?? '',
  }))
}
