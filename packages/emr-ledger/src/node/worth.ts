/** Whether a peer's headers are worth their bodies. */
import type { Genesis } from '../v2/genesis.js'
import type { ReadHeader } from '../v2/header.js'
import type { SealKeeper, SealNotes } from '../v2/seal.js'
import type { SealOpener } from './api.js'
import type { Chain } from './chain.js'
import type { PulledHeader } from './pull.js'

/** For a keeper that signs nothing. */
const noNotes: SealNotes = { get: async () => null, put: async () => undefined }

/**
 * Under `pow` anybody can make a chain, so that its headers must show more work than the chain that is followed, before a
 * body is asked for: a keeper of its own judges them. The other seals need the state for their verdict, and only members
 * can make them.
 */
export function worthPulling(
  genesis: Genesis,
  block0: ReadHeader,
  seal: SealOpener,
  chain: Chain,
  keeper: SealKeeper,
): (headers: readonly PulledHeader[]) => Promise<boolean> {
  if (genesis.seal.kind !== 'pow') return async () => true
  return async headers => {
    const [first, last] = [headers[0], headers.at(-1)]
    const parent = first === undefined ? undefined : chain.tree.get(first.header.previous)
    if (parent === undefined || last === undefined || !keeper.has(parent.header.id)) return false
    const base = { header: parent.header, memory: keeper.memory(parent.header.id) }
    const judging = await seal({ genesis, block0, base, notes: noNotes })
    for (const one of headers) {
      judging.check(one)
      judging.add(one, genesis.roster)
    }
    return judging.weight(last.header.id) > keeper.weight(chain.published.tip.header.id)
  }
}
