import type { Roster } from '../roster.js'
import { breakGlassError } from './errors.js'
import { type EmergencyState, isCustodian, type Standing } from './state.js'
import type { EmergencyEvent, Statement } from './statements.js'

/** What a roster says of a device. */
export function standingIn({ people, officers }: Roster, kid: string): Standing {
  return {
    role: people.find(person => person.kid === kid)?.role ?? null,
    isOfficer: officers.includes(kid),
  }
}

/** @throws ChartsealError `break-glass/not-rostered` unless the roster names the device */
export function requireRostered(roster: Roster, kid: string): void {
  const { role, isOfficer } = standingIn(roster, kid)
  if (role === null && !isOfficer) throw breakGlassError('break-glass/not-rostered', { kid, needed: 'named' })
}

/**
 * Whether this roster lets whoever signed an event do so. Where it does not, an earlier one did, or a clinic that lies shows
 * the word of a stranger: a person finds out which.
 */
export function hasStanding(
  state: EmergencyState,
  { by, content }: Statement<EmergencyEvent>,
  roster: Roster,
): boolean {
  const { role, isOfficer } = standingIn(roster, by)
  const isNamed = role !== null || isOfficer
  if (content.kind === 'request' || content.kind === 'opened') return role === 'doctor'
  if (content.kind === 'release') return isNamed
  if (content.kind === 'denial') return isOfficer || (isNamed && isCustodian(state, by))
  if (content.kind === 'reviewed') return isOfficer || role === 'auditor'
  return isOfficer || by === state.request.by || by === state.set.by || isCustodian(state, by)
}
