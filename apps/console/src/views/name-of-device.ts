import { nameIn, type Roster } from '@chartseal/clinic/roster'
import type { Session } from '../state/session.js'

/** What whoever works at a device is called: as this device knows them, or as the officers of the clinic do. */
export function nameOfDevice(
  kid: string,
  { pairs }: Pick<Session, 'pairs'>,
  roster: Roster | null,
): string | null {
  const peer = pairs.value.find(({ peerKid }) => peerKid === kid)
  return peer?.peerName ?? (roster === null ? null : nameIn(roster, kid))
}
