/** What a light client is given: the newest final block with its evidence, the prescription in its state, the changes. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
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
  readonly node: Pick<LedgerNodeApi, 'block' | 'record'>
  readonly index: LedgerIndex
  keeper(): Pick<SealKeeper, 'final' | 'finality' | 'trail'> | null
}

/** The bundle for whoever knows the chain at the height `from`; `null` where nothing beyond is final yet. */
export async function bundleOf(world: ProofWorld, request: BundleRequest): Promise<Uint8Array | null> {
  for (let head = await headOf(world); ; ) {
    if (head === null || head.header.height < request.from) return null
    try {
      return await makeBundle(sourceOf(world, head), request)
    } catch (error) {
      // More became final meanwhile, and left nodes of this state behind.
      const next = await headOf(world)
      if (!isLeftBehind(error) || next === null || equal(next.header.id, head.header.id)) throw error
      head = next
    }
  }
}

const isLeftBehind = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === 'ledger/tree-node'

async function headOf({ node, keeper }: ProofWorld): Promise<BundleSource['head'] | null> {
  const seal = keeper()
  if (seal === null) return null
  // Where more is final than there is evidence of, block 0 would be an old story.
  return seal.finality() ?? (seal.final.height === 0n ? firstBlock(node) : null)
}

function sourceOf({ node, index, keeper }: ProofWorld, head: BundleSource['head']): BundleSource {
  return {
    head,
    trail: keeper()?.trail() ?? [],
    nodes: index,
    async record(id) {
      const status = await node.record(id)
      return status?.kind === 'sealed' ? status.at.record : null
    },
  }
}

/** Block 0 is final of itself, and has no evidence. */
async function firstBlock(node: ProofWorld['node']): Promise<BundleSource['head'] | null> {
  const bytes = await node.block(0n)
  return bytes === null ? null : { header: decodeBlock(bytes).header, evidence: new Uint8Array(0) }
}
