/** Blocks that come in, from peers or from this node itself. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { type Block, decodeBlock, recordsRoot } from '../v2/block.js'
import { nodeError } from '../v2/errors-node.js'
import { blockError, ruleError } from '../v2/errors-state.js'
import type { LedgerIndex } from '../v2/ports.js'
import type { SealKeeper } from '../v2/seal.js'
import type { Received } from './api.js'
import type { Advance, Chain } from './chain.js'
import type { KeptBlock } from './chain-tree.js'
import { Newest } from './newest.js'
import { Orphans } from './orphans.js'

export interface IntakeParts {
  /** 32 bytes. */
  readonly ledger: Uint8Array
  readonly chain: Chain
  readonly index: LedgerIndex
  readonly keeper: SealKeeper
  readonly clock: Clock
  readonly engine: Engine
  /** wtxids of records whose signatures were verified. */
  readonly verified: ReadonlySet<string>
  readonly mostOrphans: number
  /** Told of each block once the index has it. */
  readonly onAdvance: (advance: Advance) => Promise<void>
}

/** Verdicts on a header, whoever brings it; the seal and the body are not what its id covers. */
const verdicts: ReadonlySet<string> = new Set([
  'ledger/bad-block-record',
  'ledger/state-root',
  'ledger/block-height',
  'ledger/block-time',
])
const mostRefused = 1_024

export class Intake {
  readonly #parts: IntakeParts
  readonly #orphans: Orphans
  readonly #refused = new Newest<string>(mostRefused)

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.#orphans = new Orphans(parts.mostOrphans)
  }

  get orphans(): number {
    return this.#orphans.size
  }

  /**
   * One call at a time.
   * @param isCorrected whether a block above it shows that whoever seals has the right time again
   * @throws ChartsealError what the block is refused for
   */
  async take(bytes: Uint8Array, isCorrected = false): Promise<Received> {
    const { chain, engine, ledger } = this.#parts
    const block = decodeBlock(bytes, engine)
    const { header, records } = block
    const { id } = header
    if (!equal(header.ledger, ledger)) throw ruleError('ledger/other-ledger', {})
    if (await this.#isKnown(id)) return { id, outcome: 'known' }
    const cause = this.#refused.get(encodeHex(id))
    if (cause !== undefined) throw nodeError('ledger/refused-block', { cause })
    if (!equal(recordsRoot(records, engine), header.recordsRoot)) throw blockError('ledger/records-root', {})
    const parent = chain.tree.get(header.previous)
    if (parent === undefined) return this.#withoutParent(block)
    await this.#keep(block, parent, isCorrected)
    await this.#takeChildren(id)
    return { id, outcome: 'kept' }
  }

  async #isKnown(id: Uint8Array): Promise<boolean> {
    const { chain, index } = this.#parts
    return chain.tree.get(id) !== undefined || (await index.block(id)) !== null
  }

  async #withoutParent(block: Block): Promise<Received> {
    const { header } = block
    const floor = this.#parts.chain.tree.floor.header.height
    if (header.height <= floor + 1n || (await this.#isKnown(header.previous)))
      throw nodeError('ledger/below-final', { floor })
    this.#orphans.add(block)
    return { id: header.id, outcome: 'orphan' }
  }

  async #keep(block: Block, parent: KeptBlock, isCorrected = false): Promise<void> {
    const { chain, keeper, clock, verified, onAdvance } = this.#parts
    const { header } = block
    if (!keeper.has(parent.header.id))
      throw nodeError('ledger/below-final', { floor: chain.tree.floor.header.height })
    const now = BigInt(Math.floor(clock.nowMs() / 1000))
    keeper.judge.checkTime(header, now)
    keeper.check(block)
    const judged = await this.#judging(header.id, () => chain.judge(block, parent, verified))
    if (!isCorrected) keeper.judge.checkMedianTime?.(chain.medianTimeAfter(block, parent, judged.roster), now)
    await onAdvance(await chain.append({ ...judged, block }))
  }

  async #judging<Result>(id: Uint8Array, judge: () => Promise<Result>): Promise<Result> {
    try {
      return await judge()
    } catch (error) {
      if (error instanceof ChartsealError && verdicts.has(error.code))
        this.#refused.set(encodeHex(id), error.code)
      throw error
    }
  }

  /** Whoever brought them has had their answer: what is refused now is refused in silence. */
  async #takeChildren(id: Uint8Array): Promise<void> {
    const parents = [id]
    for (const parent of parents) {
      const kept = this.#parts.chain.tree.get(parent)
      for (const block of this.#orphans.takeChildren(parent)) {
        if (kept === undefined || (await this.#isKnown(block.header.id))) continue
        if (await this.#kept(block, kept)) parents.push(block.header.id)
      }
    }
  }

  async #kept(block: Block, parent: KeptBlock): Promise<boolean> {
    try {
      await this.#keep(block, parent)
      return true
    } catch (error) {
      if (error instanceof ChartsealError && String(error.code).startsWith('ledger/')) return false
      throw error
    }
  }
}
