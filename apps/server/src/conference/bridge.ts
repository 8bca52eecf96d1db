/** A relay process of this server, and the home of its conference on another one: what one says the other hears. */
import {
  defaultRelayPolicy,
  type RelayLink,
  type RelayLinkEvents,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'

/** @param reach the way to the other side */
export function bridge(near: RelayLink, reach: (take: TakeLink) => void): RelayLinkEvents {
  const ends: { far: RelayLink | null } = { far: null }
  const close = (): void => {
    near.close()
    ends.far?.close()
  }
  const onto = (link: RelayLink | null, message: Uint8Array): void => {
    // Nobody reads there: whoever takes part comes again.
    if (link !== null && link.send(message) > defaultRelayPolicy.linkPendingBytes) close()
  }
  reach(far => {
    ends.far = far
    return { onMessage: message => onto(near, message), onDrained: () => undefined, onLost: close }
  })
  return { onMessage: message => onto(ends.far, message), onDrained: () => undefined, onLost: close }
}
