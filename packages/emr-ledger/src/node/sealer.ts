/** What a node does of itself when its timer rings: votes, and a block where it is its turn. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { blockOf } from '../v2/block.js'
import { type BlockDraft, draftBlock } from '../v2/draft.js'
import type { SealedHeader, SealKeeper } from '../v2/seal.js'
import type { Admission } from './admission.js'
import type { Received } from './api.js'
import type { Advance, Chain } from './chain.js'
import { requireClock } from './clock-check.js'
import type { Intake } from './intake.js'
import type { Queue } from './queue.js'

/** Records that one block is chosen from. */
const mostConsidered = 256

export interface SealerParts {
  readonly queue: Queue
  readonly chain: Chain
  readonly keeper: SealKeeper
  readonly admission: Admission
  readonly intake: Intake
  readonly clock: Clock
  /** What the clocks of other nodes say, in seconds. */
  readonly others: () => readonly bigint[]
  /** A seal that takes long is made beside everything else, and given up when the tip moves. */
  readonly isSlow: boolean
  readonly flush: () => Promise<void>
  readonly onAdvance: (advance: Advance) => Promise<void>
  readonly onMessages: (messages: readonly Uint8Array[]) => void
}

/** Seals the blocks of a node when it is its turn. */
export class Sealer {
  readonly #parts: SealerParts
  #running: Promise<Received | null> | null = null
  #search: AbortController | null = null
  #isClosed = false

  constructor(parts: SealerParts) {
    this.#parts = parts
  }

  /** A call beside another shares its result. */
  tick(): Promise<Received | null> {
    this.#running ??= this.#tick().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** Votes, and what else is due now; one call at a time with everything else. */
  async act(): Promise<void> {
    const { chain, keeper, clock, onAdvance, onMessages } = this.#parts
    const { messages, news } = await keeper.act(secondsOf(clock))
    await onAdvance(await chain.heed(news))
    onMessages(messages)
  }

  /** What is searched for now stands on a block that is not the tip any more. */
  giveUp(): void {
    this.#search?.abort()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.giveUp()
    await this.#running?.catch(() => undefined)
  }

  async #tick(): Promise<Received | null> {
    const { queue, isSlow } = this.#parts
    if (!isSlow) return queue.run(async () => this.#keep(await this.#sealed(await this.#draft())))
    const draft = await queue.run(() => this.#draft())
    const sealed = await this.#sealed(draft)
    return queue.run(() => this.#keep(sealed))
  }

  async #draft(): Promise<BlockDraft | null> {
    const { chain, keeper, admission, clock, others, flush } = this.#parts
    if (this.#isClosed) return null
    await flush()
    await this.act()
    const now = secondsOf(clock)
    const pool = (await admission.ready()).slice(0, mostConsidered)
    const turn = keeper.turn(now, chain.published.tip.header.id, pool.length > 0)
    const parent = turn === null ? undefined : chain.tree.get(turn.parent)
    if (turn === null || parent === undefined) return null
    requireClock(now, others())
    const { difficulty, sealer, extra } = turn
    const seal = { difficulty, sealer, extra }
    const timestamp = await chain.timeOn(parent, turn.timestamp)
    const state = await chain.stateOf(parent)
    const parents = chain.headersTo(parent)
    return draftBlock({ state, parents, timestamp, seal, pool, verified: admission.verified })
  }

  async #sealed(
    draft: BlockDraft | null,
  ): Promise<{ readonly sealed: SealedHeader; readonly draft: BlockDraft } | null> {
    if (draft === null || this.#isClosed) return null
    const search = new AbortController()
    this.#search = search
    try {
      return { sealed: await this.#parts.keeper.seal(draft.header, { signal: search.signal }), draft }
    } catch (error) {
      if (search.signal.aborted || isSealedAlready(error)) return null
      throw error
    } finally {
      this.#search = null
    }
  }

  async #keep(
    made: { readonly sealed: SealedHeader; readonly draft: BlockDraft } | null,
  ): Promise<Received | null> {
    if (made === null) return null
    const { sealed, draft } = made
    await this.#parts.flush()
    const received = await this.#parts.intake.take(blockOf(sealed.header, sealed.seal, draft.records).bytes)
    await this.act()
    return received
  }
}

export const secondsOf = (clock: Clock): bigint => BigInt(Math.floor(clock.nowMs() / 1000))

/** An earlier run of this node had this turn. */
function isSealedAlready(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'ledger/sealed-already'
}
