/** What a node says about its chain: of what the index has, never of what is not durable. */
import { equal } from '@chartseal/core/bytes'
import { decodeCborViews } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { AppendLog } from '@chartseal/core/ports'
import { type Block, decodeBlock } from '../v2/block.js'
import type { ReadHeader } from '../v2/header.js'
import type { IndexedBlock, LedgerIndex } from '../v2/ports.js'
import type { Finality } from '../v2/seal.js'
import { statusAt } from '../v2/state.js'
import type { ChainBlock, PeerHeader, PlacedRecord, PrescriptionAnswer } from './api.js'
import type { Chain, Published } from './chain.js'
import type { States } from './states.js'

export interface AnswerParts {
  readonly chain: Chain
  readonly index: LedgerIndex
  readonly log: AppendLog
  readonly states: States
  readonly engine: Engine
  readonly genesisBlock: Block
  /** Whether anything is ever final. */
  readonly hasFinality: boolean
  /** Seconds. */
  readonly now: () => bigint
}

const mostHeaders = 512

export const chainBlock = ({
  header: { id, height, timestamp },
}: {
  readonly header: ReadHeader
}): ChainBlock => ({
  id: Uint8Array.from(id),
  height,
  timestamp,
})

export class Answers {
  readonly #parts: AnswerParts

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  async headers(from: bigint, limit: number): Promise<readonly PeerHeader[]> {
    const blocks = await this.#parts.index.followed(from, Math.min(limit, mostHeaders))
    const seals = await this.#read(
      blocks.map(({ entry }) => entry),
      sealOf,
    )
    return blocks.map(({ header, entry }) => ({
      header: Uint8Array.from(header.bytes),
      seal: seals.get(entry) ?? sealOf(this.#parts.genesisBlock.bytes),
    }))
  }

  async block(which: Uint8Array | bigint): Promise<Uint8Array | null> {
    const { index } = this.#parts
    const found = typeof which === 'bigint' ? (await index.followed(which, 1))[0] : await index.block(which)
    return found === undefined || found === null ? null : this.#bytesOf(found)
  }

  /** Where the chain that is followed has this record. */
  async placed(txid: Uint8Array): Promise<PlacedRecord | null> {
    const { index, engine, chain } = this.#parts
    for (const { block: id, place } of await index.record(txid)) {
      const block = await index.block(id)
      if (block === null || !(await this.#isFollowed(block))) continue
      const record = decodeBlock(await this.#bytesOf(block), engine).records[place]
      if (record === undefined) continue
      const { height } = block.header
      return { block: id, place, record, height, finality: this.finality(height, chain.published) }
    }
    return null
  }

  /** Of a block of the chain that is followed. */
  finality(height: bigint, { tip, floor }: Published): Finality {
    const isFinal = this.#parts.hasFinality && height <= floor.header.height
    return isFinal ? { kind: 'final' } : { kind: 'reversible', depth: Number(tip.header.height - height) }
  }

  async prescription(txid: Uint8Array): Promise<PrescriptionAnswer | null> {
    const { chain, hasFinality, now } = this.#parts
    return this.atOneTime(async ({ tip, floor }) => {
      const state = await (await chain.stateOf(tip)).prescription(txid)
      if (state === null) return null
      const final = hasFinality ? await (await chain.stateOf(floor)).prescription(txid) : null
      const isExpired = statusAt(state, await chain.timeOn(tip, now())) === 'expired'
      return { state, isExpired, asOf: chainBlock(tip), final }
    })
  }

  /** Reads of one state: again, when the chain went on and left nodes of it behind. */
  async atOneTime<Answer>(read: (published: Published) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const { published } = this.#parts.chain
      try {
        return await read(published)
      } catch (error) {
        const isOver = error instanceof ChartsealError && error.code === 'ledger/tree-node'
        if (!isOver || this.#parts.chain.published === published) throw error
      }
    }
  }

  async #isFollowed({ id, header }: IndexedBlock): Promise<boolean> {
    const [followed] = await this.#parts.index.followed(header.height, 1)
    return followed !== undefined && equal(followed.id, id)
  }

  async #bytesOf({ entry }: IndexedBlock): Promise<Uint8Array> {
    if (entry < 0) return Uint8Array.from(this.#parts.genesisBlock.bytes)
    const bytes = (await this.#read([entry], whole => whole)).get(entry)
    if (bytes === undefined) throw new Error('internal: the index names an entry that the log does not have')
    return bytes
  }

  /** What `take` makes of entries of the log, by their numbers: only that is held, as blocks may be large. */
  async #read(
    entries: readonly number[],
    take: (bytes: Uint8Array) => Uint8Array,
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    const wanted = [...new Set(entries)].filter(entry => entry >= 0).sort((a, b) => a - b)
    const found = new Map<number, Uint8Array>()
    for (const run of runsIn(wanted)) {
      let at = run.from
      for await (const bytes of this.#parts.log.read(run.from)) {
        if (wanted.includes(at)) found.set(at, take(bytes))
        if (++at > run.to) break
      }
    }
    return found
  }
}

/** Numbers that are near to each other are read at once. */
function runsIn(sorted: readonly number[]): readonly { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = []
  for (const number of sorted) {
    const last = runs.at(-1)
    if (last !== undefined && number - last.to <= 8) last.to = number
    else runs.push({ from: number, to: number })
  }
  return runs
}

/** The seal of a block that was read before. */
function sealOf(bytes: Uint8Array): Uint8Array {
  const parts = decodeCborViews(bytes)
  const seal = Array.isArray(parts) ? parts[1] : null
  if (!(seal instanceof Uint8Array)) throw new Error('internal: a block without a seal in the log')
  return Uint8Array.from(seal)
}
