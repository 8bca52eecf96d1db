/** A list of staff for people: who is on it, and what another one would change. */
import { type Roster, type RosterRole, rosterRoles } from '@chartseal/clinic/roster'

/** One device of the staff. */
export interface RosterLine {
  readonly kid: string
  /** What its officers call whoever works at it; empty for nothing. */
  readonly name: string
  /** `null` for an officer whom the list names as nothing else. */
  readonly role: RosterRole | null
  readonly isOfficer: boolean
}

/** All but patients, who are many: officers first, then by what they are and their name. */
export function rosterLines(roster: Roster): readonly RosterLine[] {
  return allLines(roster)
    .filter(({ role, isOfficer }) => isOfficer || role !== 'patient')
    .toSorted((one, other) => orderOf(one).localeCompare(orderOf(other)))
}

export const numPatients = ({ people }: Roster): number =>
  people.filter(({ role }) => role === 'patient').length

export interface RosterChanges {
  readonly added: readonly RosterLine[]
  /** What is no longer said of them. */
  readonly removed: readonly RosterLine[]
}

/** Of all devices, patients' too: a mailbox that is another counts, as messages go there. */
export function rosterChanges(before: Roster, next: Roster): RosterChanges {
  return { added: linesOnlyIn(next, before), removed: linesOnlyIn(before, next) }
}

function linesOnlyIn(roster: Roster, other: Roster): readonly RosterLine[] {
  const there = new Set(allLines(other).map(line => sayingOf(line, other)))
  return allLines(roster).filter(line => !there.has(sayingOf(line, roster)))
}

function allLines({ people, officers }: Roster): readonly RosterLine[] {
  const listed = people.map(({ kid, name = '', role }) => ({
    ...{ kid, name, role },
    isOfficer: officers.includes(kid),
  }))
  const kids = new Set(people.map(({ kid }) => kid))
  const others = officers.filter(kid => !kids.has(kid))
  return [...listed, ...others.map(kid => ({ kid, name: '', role: null, isOfficer: true }))]
}

const orderOf = ({ isOfficer, role, name, kid }: RosterLine): string =>
  `${isOfficer ? 0 : 1}${role === null ? rosterRoles.length : rosterRoles.indexOf(role)}${name} ${kid}`

/** Everything that a list says of a device. */
function sayingOf({ kid, name, role, isOfficer }: RosterLine, { people }: Roster): string {
  const mailbox = people.find(person => person.kid === kid)?.mailbox ?? ''
  return JSON.stringify([kid, name, role, isOfficer, mailbox])
}
