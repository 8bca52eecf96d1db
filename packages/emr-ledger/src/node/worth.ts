/** Whether a peer's headers are worth their bodies. */
import type { Genesis } from '../v2/genesis.js'
import type { SealKeeper } from '../v2/seal.js'
import type { Chain } from './chain.js'
import type { PulledHeader } from './pull.js'

/**
 * Under `pow` anybody can make a chain, so that its headers must show more work than the chain that is followed, before a
 * body is asked for. The other seals need the state for their verdict, and only members can make them.
 */
export function worthPulling(
  genesis: Genesis,
  chain: Chain,
  keeper: SealKeeper,
): (headers: readonly PulledHeader[]) => boolean {
  if (genesis.seal.kind !== 'pow') return () => true
  return headers => {
    const [first] = headers
    if (first === undefined) return false
    let work = keeper.weight(first.header.previous)
    for (const { header } of headers) work += header.difficulty
    return work > keeper.weight(chain.published.tip.header.id)
  }
}
