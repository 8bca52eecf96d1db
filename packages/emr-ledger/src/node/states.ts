/** The states of blocks that are not final: by their roots they are all in the index; the newest are held. */
import type { Engine } from '@chartseal/core/engine'
import type { ReadHeader } from '../v2/header.js'
import { LedgerState } from '../v2/ledger-state.js'
import type { LedgerIndex } from '../v2/ports.js'
import type { KeptBlock } from './chain-tree.js'

const mostHeld = 16
/** So many writes, or blocks in them, may load nodes into one tree before it lets go of those deep down. */
const writesUntrimmed = 64
const blocksUntrimmed = 16_384
const keptDepth = 14

export class States {
  readonly #ledger: Uint8Array
  readonly #index: LedgerIndex
  readonly #engine: Engine
  readonly #held = new Map<string, LedgerState>()
  #writes = 0
  #blocks = 0

  constructor(ledger: Uint8Array, index: LedgerIndex, engine: Engine) {
    this.#ledger = ledger
    this.#index = index
    this.#engine = engine
  }

  /** The state after the block; its top is loaded. @throws ChartsealError `ledger/tree-node` */
  async of(block: KeptBlock): Promise<LedgerState> {
    const held = this.#held.get(block.key)
    if (held !== undefined) return held
    const state = await this.at(block.header)
    this.#hold(block.key, state)
    return state
  }

  /** The same of a block that need not be in the tree; nothing is held. @throws ChartsealError `ledger/tree-node` */
  at({ stateRoot }: Pick<ReadHeader, 'stateRoot'>): Promise<LedgerState> {
    const place = { ledger: this.#ledger, root: stateRoot, nodes: this.#index, engine: this.#engine }
    return LedgerState.at(place).load()
  }

  /** A state whose nodes are not in the index yet. */
  put(block: KeptBlock, state: LedgerState): void {
    this.#hold(block.key, state)
  }

  /** Everything that is held is in the index; so many blocks were written at once. */
  written(blocks: number): void {
    this.#writes++
    this.#blocks += blocks
    if (this.#writes < writesUntrimmed && this.#blocks < blocksUntrimmed) return
    this.#writes = 0
    this.#blocks = 0
    const newest = [...this.#held].at(-1)
    this.#held.clear()
    if (newest !== undefined) this.#held.set(newest[0], newest[1].trimmed(keptDepth))
  }

  /** Forgets what is held. */
  clear(): void {
    this.#held.clear()
  }

  #hold(key: string, state: LedgerState): void {
    this.#held.delete(key)
    this.#held.set(key, state)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= mostHeld) return
      this.#held.delete(oldest)
    }
  }
}
