/** The keys of nodes below which somebody joined: a join changes one on every level. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { nodeNameBytes, writeNode } from './bytes.js'
import type { NodeVersion } from './derive.js'
import { Expansions } from './expand.js'
import { keyBytes } from './shape.js'

/** Of all trees, each time for the keys of one commit, and wiped after it. */
const expansions = new Expansions(encodeUtf8('chartseal/lkh-join/v2'), nodeNameBytes)

/** A node whose key, 32 bytes of `keys` from `offset` on, moves on in its place; `version` is that of the new key. */
export interface Advance extends NodeVersion {
  readonly keys: Uint8Array
  readonly offset: number
}

/** Each key becomes HKDF-Expand(key, "chartseal/lkh-join/v2" ‖ level ‖ index ‖ version). */
export function advanceKeys(nodes: readonly Advance[]): void {
  for (let first = 0; first < nodes.length; ) first = advanceSome(nodes, first)
}

/** The index of the first node for which there was no room. */
function advanceSome(nodes: readonly Advance[], first: number): number {
  let end = first
  for (; end < nodes.length && !expansions.isFull; end++) {
    const node = nodes[end]
    if (node !== undefined) writeNode(expansions.infos, expansions.add(node.keys, node.offset), node)
  }
  const expanded = expansions.expand()
  for (let i = first; i < end; i++) copyKey(expanded, (i - first) * keyBytes, nodes[i])
  expansions.wipe()
  return end
}

function copyKey(from: Uint8Array, at: number, to: Advance | undefined): void {
  if (to === undefined) return
  for (let i = 0; i < keyBytes; i++) to.keys[to.offset + i] = from[at + i] ?? 0
}
