/** A node under proof of work: it mines on what it follows, and nothing is ever final. */
import { concat } from '@chartseal/core/bytes'
import type { Miner } from '../../mining/miner.js'
import { sealError } from '../errors-seal.js'
import { encodeHeader, type Header, headerOf, type ReadHeader } from '../header.js'
import type { Roster } from '../roster.js'
import type { SealAct, SealBase, SealedHeader, SealKeeper, SealNews, SealTurn } from '../seal.js'
import { KeptChain } from './kept-chain.js'
import type { PowJudge } from './pow.js'
import { decodePowMemory, encodePowMemory, type PowMemory } from './pow-memory.js'

export interface PowKeeperOptions {
  /** `null` for a node that does not mine. */
  readonly mining: {
    readonly miner: Pick<Miner, 'find'>
    /** What stands in the headers as their sealer, 32 bytes. */
    readonly sealer: Uint8Array
  } | null
}

const nothing: SealNews = { final: null, weightier: [] }
const nonceBytes = 8

export class PowKeeper implements SealKeeper {
  readonly judge: PowJudge
  readonly #chain: KeptChain<PowMemory>
  readonly #mining: PowKeeperOptions['mining']

  /** @throws ChartsealError `ledger/seal-memory` */
  constructor(judge: PowJudge, base: SealBase, { mining }: PowKeeperOptions) {
    this.judge = judge
    this.#mining = mining
    this.#chain = new KeptChain(
      base.header,
      base.memory === null ? judge.begin() : decodePowMemory(base.memory),
    )
  }

  get final(): ReadHeader {
    return this.#chain.base.header
  }

  check(block: SealedHeader): void {
    this.judge.check(block, this.#chain.get(block.header.previous).memory)
  }

  add(block: SealedHeader, _roster: Roster): SealNews {
    this.#chain.add(block, parent => this.judge.after(parent.memory, block))
    return nothing
  }

  memory(id: Uint8Array): Uint8Array {
    return encodePowMemory(this.#chain.get(id).memory)
  }

  rebase(id: Uint8Array): void {
    this.#chain.rebase(id)
  }

  has(id: Uint8Array): boolean {
    return this.#chain.find(id) !== null
  }

  /** The work of the chain. */
  weight(id: Uint8Array): bigint {
    return this.#chain.get(id).memory.work
  }

  /** @throws ChartsealError `ledger/message`: there are none */
  async take(_message: Uint8Array): Promise<SealNews> {
    throw sealError('ledger/message', { reason: 'proof of work has none' })
  }

  messages(): readonly Uint8Array[] {
    return []
  }

  async act(_nowSeconds: bigint): Promise<SealAct> {
    return { messages: [], news: nothing }
  }

  async settle(): Promise<void> {}

  turn(nowSeconds: bigint, tip: Uint8Array, hasRecords: boolean): SealTurn | null {
    if (this.#mining === null || !hasRecords) return null
    const { memory } = this.#chain.get(tip)
    return { ...this.judge.draft(memory, nowSeconds, this.#mining.sealer), parent: tip }
  }

  async seal(header: Header, options: { readonly signal?: AbortSignal } = {}): Promise<SealedHeader> {
    if (this.#mining === null) throw new TypeError('this node has no miner to seal with')
    const bytes = encodeHeader({ ...header, nonce: 0n })
    const prefix = concat(bytes.subarray(0, -nonceBytes))
    const { nonce } = await this.#mining.miner.find(
      () => ({ prefix, difficulty: header.difficulty }),
      options,
    )
    return { header: headerOf({ ...header, nonce }), seal: new Uint8Array() }
  }

  finality(): null {
    return null
  }

  trail(): readonly Uint8Array[] {
    return []
  }

  get offences(): readonly Uint8Array[] {
    return []
  }
}
