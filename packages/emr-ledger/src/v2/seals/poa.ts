/**
 * Sealers who take turns and vote: Streamlet (Chan and Shi, ePrint 2020/088) on a list that may change. Rules and the
 * reason why they are safe: docs/spec/ledger-v2.md, "Voting sealers".
 */
import { concat, equal, fromBigIntLE } from '@chartseal/core/bytes'
import { recordsRoot } from '../block.js'
import { sealError } from '../errors-seal.js'
import type { Genesis, PoaRule } from '../genesis.js'
import { extraBytes, type Header, type ReadHeader } from '../header.js'
import { verifySignature } from '../member.js'
import type { Roster } from '../roster.js'
import type { SealDraft, SealedHeader, SealJudge, SealMemory } from '../seal.js'
import {
  firstPoaMemory,
  nextPoaMemory,
  type PoaMemory,
  sealersOnto,
  setsOf,
  setsOfChild,
  shownByChild,
} from './poa-memory.js'
import { hashOfSets, leaderOf } from './poa-sealers.js'
import { type Ballot, decodePoaSeal, requireQuorum } from './poa-votes.js'
import { sealedBytesOf, votedBytesOf } from './signing.js'

const noRecords = recordsRoot([])

export class PoaJudge implements SealJudge {
  readonly rule: PoaRule
  readonly #genesis: Genesis
  readonly ledger: Uint8Array

  /** @param block0 of the genesis */
  constructor(genesis: Genesis, rule: PoaRule, block0: Pick<ReadHeader, 'ledger'>) {
    this.rule = rule
    this.#genesis = genesis
    this.ledger = block0.ledger
  }

  /** @throws ChartsealError `ledger/no-sealers` */
  begin(): PoaMemory {
    return firstPoaMemory(this.#genesis.roster)
  }

  /**
   * @throws ChartsealError `ledger/seal-encoding`, `ledger/seal-header`, `ledger/seal-signature`, `ledger/seal-votes`
   */
  check({ header, seal }: SealedHeader, parent: SealMemory): void {
    const memory = poaMemory(parent)
    this.#checkHeader(header, memory)
    const { signature, votes } = decodePoaSeal(seal)
    const leader = leaderOf(sealersOnto(memory), this.slotAt(header.timestamp), this.rule)
    if (!verifySignature(leader, sealedBytesOf(header.id), signature))
      throw sealError('ledger/seal-signature', {})
    this.#checkVotes(votes, header.previous, memory)
  }

  #checkHeader(header: Header, memory: PoaMemory): void {
    const slot = this.slotAt(header.timestamp)
    // One time for each slot: a leader cannot move what expires.
    if (slot <= memory.slot || this.timeOf(slot) !== header.timestamp) throw wrong('timestamp')
    const draft = this.draft(memory, slot)
    if (header.height !== memory.height + 1n) throw wrong('height')
    if (header.difficulty !== draft.difficulty) throw wrong('difficulty')
    if (!equal(header.sealer, draft.sealer)) throw wrong('sealer')
    if (!equal(header.extra, draft.extra)) throw wrong('extra')
    if (header.nonce !== 0n) throw wrong('nonce')
  }

  /** The parent must have been voted for, but for block 0, which needs nobody's word. */
  #checkVotes(votes: readonly Ballot[], parentId: Uint8Array, memory: PoaMemory): void {
    const voted = votedBytesOf(this.ledger, memory.slot, parentId)
    const sets = memory.height === 0n ? [] : setsOf(memory)
    requireQuorum(votes, { sets, voted, tolerates: this.rule.tolerates })
  }

  after(parent: SealMemory, { header }: SealedHeader, roster: Roster): PoaMemory {
    const slot = this.slotAt(header.timestamp)
    const hasRecords = !equal(header.recordsRoot, noRecords)
    return nextPoaMemory(poaMemory(parent), { slot, hasRecords, roster })
  }

  /** @throws ChartsealError `ledger/early` from the next slot on */
  checkTime({ timestamp }: Pick<Header, 'timestamp'>, nowSeconds: bigint): void {
    if (this.slotAt(timestamp) > this.slotAt(nowSeconds) + 1n)
      throw sealError('ledger/early', { aheadSeconds: timestamp - nowSeconds })
  }

  /** What a block of this slot on this parent says. */
  draft(parent: PoaMemory, slot: bigint): SealDraft {
    return {
      timestamp: this.timeOf(slot),
      difficulty: 1n,
      sealer: leaderOf(sealersOnto(parent), slot, this.rule).kid,
      extra: extraOf(parent),
    }
  }

  /** 0 is the genesis's. */
  slotAt(seconds: bigint): bigint {
    const since = seconds - this.#genesis.timestamp
    return since < 0n ? 0n : since / BigInt(this.rule.slotSeconds)
  }

  timeOf(slot: bigint): bigint {
    return this.#genesis.timestamp + slot * BigInt(this.rule.slotSeconds)
  }
}

/** Whose votes the block needs, and up to which height its chain shows itself to be final. */
function extraOf(parent: PoaMemory): Uint8Array {
  const extra = concat(hashOfSets(setsOfChild(parent)), fromBigIntLE(shownByChild(parent), 8))
  if (extra.length !== extraBytes) throw new Error('internal: the extra field has another length')
  return extra
}

/** @throws TypeError */
function poaMemory(memory: SealMemory): PoaMemory {
  if (memory.kind !== 'poa') throw new TypeError(`the memory of ${memory.kind} must not be given to poa`)
  return memory
}

function wrong(field: string): Error {
  return sealError('ledger/seal-header', { field })
}
