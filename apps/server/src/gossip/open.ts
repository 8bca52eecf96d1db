/** Gossip as the settings of a server say. */
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import type { DataPaths } from '../data-folder.js'
import { Gossip, type GossipLedger } from './gossip.js'
import { gossipKeyIn, peerIdOf } from './key.js'

export interface GossipSettings {
  /** `/ip4/…/tcp/…`: where this node is reached by those it names. */
  readonly listen: string
  /** Multiaddrs of the nodes that it gossips with, as `isPeerAddress`; nobody else comes in. */
  readonly peers: readonly string[]
}

export interface GossipOpenOptions {
  readonly paths: DataPaths
  readonly clock: Clock
  readonly random: Random
  /** `null`, as by default: no gossip. */
  readonly gossip?: GossipSettings | null
}

/**
 * What opens the gossip of a ledger; `null` where the settings ask for none. Its packages are loaded then.
 * @param ledger its id, 32 bytes
 */
export function gossipOf(
  { paths, clock, random, gossip = null }: GossipOpenOptions,
  ledger: Uint8Array,
): ((ledger: GossipLedger) => Promise<Gossip>) | null {
  if (gossip === null) return null
  return async of => {
    const { libp2pMesh } = await import('./libp2p-mesh.js')
    using key = await gossipKeyIn(paths, random)
    const own = peerIdOf(verifyingKeyOf(key))
    const open = libp2pMesh({ ...gossip, own, seed: key.reveal(), ledger: encodeBase64Url(ledger) })
    // The key is wiped behind this, and not before.
    return await Gossip.open({ ledger: of, clock, open, named: gossip.peers.length })
  }
}
