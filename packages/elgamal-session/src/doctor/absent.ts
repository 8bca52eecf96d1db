/** Members who have been away for too long are out: a lost device does not stay in the group for ever. */
import { leave } from './membership.js'
import type { Person } from './person.js'
import { type CoreState, never } from './state.js'

/** A walk over all; that often. */
const everyMs = 60_000
/** Without a look for so long, nobody could come, or the clock was put forward. */
const unreachableMs = 3_600_000

/** What time brings. Nobody is away while there is no relay to come to, nor because a clock was put forward. */
export function onAbsenceTick(state: CoreState, nowMs: number): void {
  const { out, policy, roster } = state
  if (!out.isAttached || nowMs < state.absenceLookedMs + everyMs) return
  if (nowMs >= state.absenceLookedMs + unreachableMs) state.reachableMs = nowMs
  state.absenceLookedMs = nowMs
  const beforeMs = nowMs - policy.maxAwayMs
  if (state.reachableMs > beforeMs || roster.members === roster.connected) return
  for (const person of [...roster.all()]) {
    // By a clock that was put back since: they have been away from now on at the latest.
    if (person.changedMs !== null && person.changedMs > nowMs) person.changedMs = nowMs
    if (isAbsent(person, beforeMs)) leave(state, person, 'absent', 0, null)
  }
}

/** When it is looked for them next; Infinity while nobody is away. */
export function nextAbsenceMs({ roster, absenceLookedMs }: CoreState): number {
  return roster.members === roster.connected ? never : absenceLookedMs + everyMs
}

function isAbsent({ isMember, seat, parkedAt, changedMs }: Person, beforeMs: number): boolean {
  return isMember && seat === null && parkedAt === null && (changedMs ?? 0) <= beforeMs
}
