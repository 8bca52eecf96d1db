/** Whose a set is, as far as this device knows: any device can make one that calls itself anything. */
import { standingIn } from '@chartseal/clinic/break-glass'
import type { Roster, RosterRole } from '@chartseal/clinic/roster'
import type { Session } from '../session.js'
import type { SetView } from './emergencies.js'

/** `known`: this device, and those that it is paired with. `listed`: the clinic's list of staff names it. */
export const ownerKinds = ['known', 'listed', 'other'] as const
export type OwnerKind = (typeof ownerKinds)[number]

export interface Owner {
  readonly kind: OwnerKind
  /** By the roster; an officer whom it lists as nothing else is a doctor. */
  readonly role: RosterRole | null
}

export function ownerOfSet(
  { set: { by } }: SetView,
  { device, pairs }: Pick<Session, 'device' | 'pairs'>,
  roster: Roster | null,
): Owner {
  const standing = roster === null ? null : standingIn(roster, by)
  const role = standing?.role ?? (standing?.isOfficer === true ? 'doctor' : null)
  const isKnown = by === device.kid || pairs.value.some(({ isPaired, peerKid }) => isPaired && peerKid === by)
  return { kind: isKnown ? 'known' : role === null ? 'other' : 'listed', role }
}
