/** Addresses of gossip: the part of multiaddr that it needs, read without the packages of gossip. */

/** Base58 of the 38 bytes of an Ed25519 peer id: `12D3KooW` and 44 more. */
const peerId = '12D3KooW[1-9A-HJ-NP-Za-km-z]{44}'
const host = '(ip4/[0-9.]{7,15}|ip6/[0-9a-f:]{2,39}|dns[46]?/[a-z0-9.-]{1,253})'
const listenPattern = /^\/(ip4\/[0-9.]{7,15}|ip6\/[0-9a-f:]{2,39})\/tcp\/\d{1,5}$/
const peerPattern = new RegExp(`^(/${host}/tcp/\\d{1,5})?/p2p/${peerId}$`)

/** `/ip4/ADDRESS/tcp/PORT`, or with ip6. */
export const isListenAddress = (text: string): boolean => listenPattern.test(text)

/** Where a peer is, and which one; `/p2p/ID` alone for one that comes by itself. */
export const isPeerAddress = (text: string): boolean => peerPattern.test(text)

export interface GossipPeer {
  readonly id: string
  /** The whole address; `null` where it is not called, and comes by itself. */
  readonly address: string | null
}

/** @param text as `isPeerAddress` */
export function peerOf(text: string): GossipPeer {
  const at = text.lastIndexOf('/p2p/')
  return { id: text.slice(at + '/p2p/'.length), address: at === 0 ? null : text }
}
