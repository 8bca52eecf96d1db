/** What a node of one's own proves: final blocks, or under proof of work the whole chain of headers. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  type BundleRequest,
  type BundleSource,
  decodeBlock,
  decodeHeader,
  encodePowEvidence,
  type LedgerIndex,
  type LedgerNodeApi,
  makeBundle,
  type ReadHeader,
} from '@chartseal/emr-ledger'

export interface ProvingNode {
  readonly node: LedgerNodeApi
  readonly index: LedgerIndex
  /** How many blocks stand on what is proven. */
  readonly depth: number
}

const pageHeaders = 1_000

/** @throws ChartsealError `ledger-node/not-final` */
export async function proofOf(
  { node, index, depth }: ProvingNode,
  request: BundleRequest,
): Promise<Uint8Array> {
  const head = await headOf(node, depth)
  if (head.header.height < request.from)
    throw new ChartsealError('ledger-node/not-final', 'Nothing of it is final yet.', {})
  const source: BundleSource = {
    head,
    trail: [],
    nodes: index,
    async record(id) {
      const status = await node.record(id)
      return status?.kind === 'sealed' ? status.at.record : null
    },
  }
  return makeBundle(source, request)
}

/** Block 0 is proven by the genesis alone. */
async function headOf(node: LedgerNodeApi, depth: number): Promise<BundleSource['head']> {
  const headers = node.genesis.seal.kind === 'pow' ? await headersOf(node) : []
  const header = headers[headers.length - 1 - depth]
  if (header !== undefined) return { header, evidence: encodePowEvidence(headers, depth) }
  const first = await node.block(0n)
  if (first === null) throw new Error('internal: a node without its first block')
  return { header: decodeBlock(first).header, evidence: new Uint8Array(0) }
}

async function headersOf(node: LedgerNodeApi): Promise<readonly ReadHeader[]> {
  const headers: ReadHeader[] = []
  for (let from = 1n; ; ) {
    const page = await node.headers(from, pageHeaders)
    headers.push(...page.map(({ header }) => decodeHeader(header)))
    if (page.length < pageHeaders) return headers
    from += BigInt(page.length)
  }
}
