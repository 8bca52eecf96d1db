/** What a light client is given: the newest final block with its evidence, the prescription in its state, the changes. */
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

/** Block 0 is final of itself, and has no evidence. */
async function firstBlock(node: LedgerNodeApi): Promise<BundleSource['head'] | null> {
  const bytes = await node.block(0n)
  return bytes === null ? null : { header: decodeBlock(bytes).header, evidence: new Uint8Array(0) }
}
