/** What a light client is given: the newest final block with its evidence, the prescription in its state, the changes. */
import { equal } from '@chartseal/core/bytes'
import {
  type BundleSource,
  type LedgerIndex,
  type LedgerNodeApi,
  makeBundle,
  type ProvenHeader,
  type RosterPath,
  rosterKey,
  StateTree,
} from '@chartseal/emr-ledger'

export interface ProofWorld {
  readonly node: LedgerNodeApi
  readonly index: LedgerIndex
  /** The newest block that is final, and what says so; `null` while there is none. */
  newest(): ProvenHeader | null
}

/** The bundle for whoever knows the chain at the height `from`; `null` where nothing is final yet. */
export async function bundleOf(world: ProofWorld, txid: Uint8Array, from: bigint): Promise<Uint8Array | null> {
  const head = world.newest()
  if (head === null || head.header.height < from) return null
  const { node, index } = world
  const source: BundleSource = {
    head,
    nodes: index,
    since: height => pathSince(index, head, height),
    async record(id) {
      const status = await node.record(id)
      return status?.kind === 'sealed' ? status.at.record : null
    },
  }
  return makeBundle(source, { prescription: txid, from })
}

/** One key seals, whatever the roster: no step between is needed. */
async function pathSince(index: LedgerIndex, head: ProvenHeader, height: bigint): Promise<RosterPath> {
  const [known] = await index.followed(height, 1)
  if (known === undefined) return { steps: [], isChanged: true }
  const [before, now] = await Promise.all(
    [known.header, head.header].map(async ({ stateRoot }) =>
      (await StateTree.at(stateRoot, index).load([rosterKey()])).get(rosterKey()),
    ),
  )
  return { steps: [], isChanged: before == null || now == null || !equal(before, now) }
}
