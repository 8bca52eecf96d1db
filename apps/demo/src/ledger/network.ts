/** Nodes of one ledger in this process: they see each other unless the network is cut, and time goes on when it is told to. */
import { memoryLog } from '@chartseal/core/memory'
import type { Clock } from '@chartseal/core/ports'
import {
  type BundleRequest,
  encodeGenesis,
  type Genesis,
  genesisBlock,
  type LedgerIndex,
  LedgerNode,
  type LedgerPeer,
  makeBundle,
  memoryIndex,
  openSeal,
  type RecordSigner,
  type SealKeeper,
} from '@chartseal/emr-ledger'

/** A node, and what a proof is made of. */
export interface Place {
  readonly node: LedgerNode
  readonly index: LedgerIndex
  readonly keeper: SealKeeper
}

/** @param signer `null` for a node that watches */
async function openPlace(genesis: Genesis, signer: RecordSigner | null, clock: Clock): Promise<Place> {
  const index = memoryIndex()
  const opened: { keeper?: SealKeeper } = {}
  const node = await LedgerNode.open({
    genesis: encodeGenesis(genesis),
    blocks: memoryLog(),
    index,
    clock,
    seal: async start => {
      opened.keeper = await openSeal({ ...start, tools: signer === null ? {} : { signer } })
      return opened.keeper
    },
  })
  if (opened.keeper === undefined) throw new Error('internal: a node without a keeper')
  return { node, index, keeper: opened.keeper }
}

/** What a light client is given. */
export function proofFrom({ node, index, keeper }: Place, request: BundleRequest): Promise<Uint8Array> {
  const first = { header: genesisBlock(node.genesis).header, evidence: new Uint8Array(0) }
  return makeBundle(
    {
      head: keeper.finality() ?? first,
      trail: keeper.trail(),
      nodes: index,
      async record(txid) {
        const status = await node.record(txid)
        return status?.kind === 'sealed' ? status.at.record : null
      },
    },
    request,
  )
}

function peerOf({ node }: Place): LedgerPeer {
  return {
    tip: async () => node.tip,
    headers: (from, limit) => node.headers(from, limit),
    block: id => node.block(id),
    evidence: async () => node.evidence(),
    pending: async () => node.pending().map(({ bytes }) => bytes),
  }
}

export class Network {
  readonly genesis: Genesis
  readonly places: readonly Place[]
  readonly clock: Clock
  #nowMs: number
  #groups: readonly (readonly Place[])[]

  private constructor(genesis: Genesis, clock: Clock, places: readonly Place[], nowMs: number) {
    this.genesis = genesis
    this.places = places
    this.#nowMs = nowMs
    this.#groups = [places]
    this.clock = clock
  }

  /** A node for each sealer; their clock begins with the genesis. */
  static async open(genesis: Genesis, sealers: readonly RecordSigner[]): Promise<Network> {
    const startMs = Number(genesis.timestamp) * 1_000
    const made: { network?: Network } = {}
    const clock = { nowMs: () => made.network?.nowMs ?? startMs }
    const places = await Promise.all(sealers.map(signer => openPlace(genesis, signer, clock)))
    const network = new Network(genesis, clock, places, startMs)
    made.network = network
    return network
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Who sees whom from now on. */
  cut(...groups: readonly (readonly Place[])[]): void {
    this.#groups = groups
  }

  heal(): void {
    this.#groups = [this.places]
  }

  /** A node that comes later, and pulls all that one other has, or knows the genesis alone. */
  async join(other: Place | null): Promise<Place> {
    const place = await openPlace(this.genesis, null, this.clock)
    if (other !== null) await place.node.syncWith(peerOf(other))
    return place
  }

  /** Slot by slot, until it is so. @throws Error when it is not after so many */
  async until(isSo: () => boolean | Promise<boolean>, most: number): Promise<void> {
    for (let slots = 0; !(await isSo()); slots++) {
      if (slots === most) throw new Error(`this did not come in ${most} slots`)
      await this.#slot()
    }
  }

  async run(slots: number): Promise<void> {
    for (let i = 0; i < slots; i++) await this.#slot()
  }

  async #slot(): Promise<void> {
    const { seal } = this.genesis
    this.#nowMs += seal.kind === 'poa' ? seal.slotSeconds * 1_000 : 1_000
    for (const { node } of this.places) await node.tick()
    // A block goes round first, then the votes for it.
    for (const group of [...this.#groups, ...this.#groups]) await pullAll(group)
  }

  async close(): Promise<void> {
    for (const { node } of this.places) await node.close()
  }
}

async function pullAll(group: readonly Place[]): Promise<void> {
  for (const place of group) {
    for (const other of group) if (other !== place) await place.node.syncWith(peerOf(other))
  }
}
