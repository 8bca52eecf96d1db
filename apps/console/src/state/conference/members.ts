/** The live list: everybody who was invited, and where they stand. */
import type { MemberRow } from '@chartseal/elgamal-session'
import type { Guest } from '../../conference/inviting.js'

const memberStates = ['invited', 'accepted', 'here', 'behind', 'away', 'left', 'blocked'] as const
/** `accepted`: their page has answered; `behind`: they read slower than others and are fed from the log. */
export type MemberStanding = (typeof memberStates)[number]

export interface MemberView {
  readonly pairId: string
  readonly name: string
  readonly state: MemberStanding
  /** The number of the newest of which they have everything before it; 0 before the first. */
  readonly acknowledged: number
  readonly emergency: MemberRow['emergency']
  /** 0 unless they are blocked, or until the block is lifted. */
  readonly blockedUntilMs: number
}

export function viewMembers(guests: readonly Guest[], rows: readonly MemberRow[]): readonly MemberView[] {
  const byName = new Map(rows.map(row => [row.name, row] as const))
  return guests.map(({ pairId, name, hasAnswered }) => {
    const row = byName.get(name)
    return {
      pairId,
      name,
      state: row === undefined ? (hasAnswered ? 'accepted' : 'invited') : standing(row),
      acknowledged: Number(row?.acknowledged ?? 0n),
      emergency: row?.emergency ?? 'none',
      blockedUntilMs: row?.blockedUntilMs ?? 0,
    }
  })
}

function standing({ state, behind, sinceMs }: MemberRow): MemberStanding {
  if (state === 'connected') return behind ? 'behind' : 'here'
  if (state === 'expected') return sinceMs === null ? 'accepted' : 'left'
  return state
}

export type MemberFilter = 'all' | 'here' | 'behind' | 'away' | 'invited' | 'left' | 'blocked' | 'waits'
export const memberFilters: readonly MemberFilter[] = [
  'all',
  'here',
  'behind',
  'away',
  'invited',
  'left',
  'blocked',
  'waits',
]

export function fitsFilter({ state, emergency }: MemberView, filter: MemberFilter): boolean {
  if (filter === 'all') return true
  if (filter === 'waits') return emergency === 'waiting'
  return filter === 'invited' ? state === 'invited' || state === 'accepted' : state === filter
}

/** Of whom the newest emergency message is for: how many, and how many have it. */
export function emergencyCounts(all: readonly MemberView[]): {
  readonly have: number
  readonly count: number
} {
  const meant = all.filter(({ emergency }) => emergency !== 'none')
  return { have: meant.filter(({ emergency }) => emergency === 'received').length, count: meant.length }
}
