/** In which slots a sealer has voted for what: of two votes of one slot, the one that came first. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { Vote } from './poa-votes.js'

/** Slots of one sealer. Whoever votes for more, ahead of everybody, has those forgotten that are furthest ahead. */
const maxSlotsOfSealer = 1_024

export class FirstVotes {
  /** By kid in hexadecimal, and by slot. */
  readonly #votes = new Map<string, Map<bigint, Vote>>()

  /** The vote of this sealer and slot that came before, `null` where this is the first. */
  before(vote: Vote): Vote | null {
    const kid = encodeHex(vote.kid)
    const mine = this.#votes.get(kid) ?? new Map<bigint, Vote>()
    const first = mine.get(vote.slot)
    if (first !== undefined) return first
    this.#votes.set(kid, mine.set(vote.slot, vote))
    if (mine.size > maxSlotsOfSealer) mine.delete(highest(mine.keys()))
    return null
  }

  /** Whether this block is the first that some sealer voted for in the slot. */
  has(slot: bigint, block: Uint8Array): boolean {
    return [...this.#votes.values()].some(mine => {
      const first = mine.get(slot)
      return first !== undefined && equal(first.block, block)
    })
  }

  /** Forgets every vote up to this slot. */
  forget(slot: bigint): void {
    for (const [kid, mine] of this.#votes) {
      for (const one of mine.keys()) if (one <= slot) mine.delete(one)
      if (mine.size === 0) this.#votes.delete(kid)
    }
  }
}

function highest(slots: Iterable<bigint>): bigint {
  let most = 0n
  for (const slot of slots) if (slot > most) most = slot
  return most
}
