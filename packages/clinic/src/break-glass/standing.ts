import type { Roster } from '../roster.js'
import { breakGlassError } from './errors.js'
import type { Standing } from './state.js'

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
