/** What a light client is given: the newest final block with its evidence, the prescription in its state, the changes. */
<<<<<<< HEAD
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
=======
>>>>>>> h-e
import {
  type BundleRequest,
  type BundleSource,
  decodeBlock,
  type LedgerIndex,
  type LedgerNodeApi,
  makeBundle,
  type SealKeeper,
} from '@chartseal/emr-ledger'

export interface ProofWorld {
  readonly node: LedgerNodeApi
  readonly index: LedgerIndex
  keeper(): SealKeeper | null
}

/** The bundle for whoever knows the chain at the height `from`; `null` where nothing beyond is final yet. */
export async function bundleOf(
  { node, index, keeper }: ProofWorld,
  request: BundleRequest,
): Promise<Uint8Array | null> {
  const seal = keeper()
  const head = seal?.finality() ?? (await firstBlock(node))
  if (seal === null || head === null || head.header.height < request.from) return null
  return makeBundle(
    {
      head,
      trail: seal.trail(),
      nodes: index,
      async record(id) {
        const status = await node.record(id)
        return status?.kind === 'sealed' ? status.at.record : null
      },
    },
    request,
  )
}

<<<<<<< HEAD
/** Whether the roster is another than at this height; of states that were given up nobody knows, so it is sent. */
async function isRosterNew(index: LedgerIndex, head: ReadHeader, since: bigint): Promise<boolean> {
  const [known] = await index.followed(since, 1)
  if (known === undefined) return true
  const [before, now] = await Promise.all([known.header, head].map(header => rosterAt(index, header)))
  return before == null || now == null || !equal(before, now)
}

async function rosterAt(index: LedgerIndex, { stateRoot }: ReadHeader): Promise<Uint8Array | null> {
  try {
    return (await StateTree.at(stateRoot, index).load([rosterKey()])).get(rosterKey())
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'ledger/tree-node') return null
    throw error
  }
=======
/** Block 0 is final of itself, and has no evidence. */
async function firstBlock(node: LedgerNodeApi): Promise<BundleSource['head'] | null> {
  const bytes = await node.block(0n)
  return bytes === null ? null : { header: decodeBlock(bytes).header, evidence: new Uint8Array(0) }
>>>>>>> h-e
}
