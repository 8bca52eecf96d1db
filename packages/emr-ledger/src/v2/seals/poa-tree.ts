/** The blocks from the final one on, their votes, and what follows from them. No time, no keys, no storage. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import type { ReadHeader } from '../header.js'
import { verifySignature } from '../member.js'
import type { Roster } from '../roster.js'
import type { SealedHeader, SealNews } from '../seal.js'
import type { PoaJudge } from './poa.js'
import { FirstVotes } from './poa-firsts.js'
import { finalRun, type PoaMemory, sealersOnto, setsOf } from './poa-memory.js'
import { Offences } from './poa-offences.js'
import { isQuorumOfEach, type Sealer, type SealerSet, sealerIn } from './poa-sealers.js'
import { type Ballot, decodePoaSeal, type Vote } from './poa-votes.js'
import { votedBytesOf } from './signing.js'

/** A kept block. */
export interface PoaNode {
  readonly header: ReadHeader
  readonly seal: Uint8Array
  readonly memory: PoaMemory
  /** `null` for the lowest one. */
  parent: PoaNode | null
  readonly sets: readonly SealerSet[]
  /** By kid in hexadecimal. */
  readonly votes: Map<string, Ballot>
  isNotarised: boolean
}

/** Of whom and when a block is. */
interface Sealed {
  readonly header: Pick<ReadHeader, 'id' | 'sealer'>
  readonly memory: Pick<PoaMemory, 'slot'>
}

const nothing: SealNews = { final: null, weightier: [] }

/** Votes that one sealer may have waiting here for their blocks: those of the highest slots. */
const maxWaitingOfSealer = 16
/** Blocks of one leader and slot that are kept though nobody voted for them: two, which prove it. */
const mostOfSlot = 2

export class PoaTree {
  readonly #judge: PoaJudge
  readonly #nodes = new Map<string, PoaNode>()
  /** Votes whose blocks are not here yet: by kid, the lowest slot first. */
  readonly #waiting = new Map<string, Vote[]>()
  readonly #firsts = new FirstVotes()
  readonly offences: Offences = new Offences()
  #final: PoaNode
  #best: PoaNode
  #shownBy: PoaNode | null = null

  constructor(judge: PoaJudge, header: ReadHeader, memory: PoaMemory) {
    this.#judge = judge
    // What is final needs no votes here any more.
    this.#final = node({ header, seal: new Uint8Array() }, memory, null, setsOf(memory))
    this.#final.isNotarised = true
    this.#best = this.#final
    this.#nodes.set(encodeHex(header.id), this.#final)
  }

  get final(): PoaNode {
    return this.#final
  }

  /** The notarised block that is highest; of several the first seen. */
  get best(): PoaNode {
    return this.#best
  }

  /** The last of the three blocks that made `final` final; `null` before. */
  get shownBy(): PoaNode | null {
    return this.#shownBy
  }

  /** Ids of blocks that are not here, and that sealers voted for: the highest slot first, each once. */
  get missing(): readonly Uint8Array[] {
    const votes = [...this.#waiting.values()].flat().sort((a, b) => Number(b.slot - a.slot))
    return [...new Map(votes.map(({ block }) => [encodeHex(block), block])).values()]
  }

  nodes(): IterableIterator<PoaNode> {
    return this.#nodes.values()
  }

  find(id: Uint8Array): PoaNode | null {
    return this.#nodes.get(encodeHex(id)) ?? null
  }

  /** @throws RangeError */
  get(id: Uint8Array): PoaNode {
    const found = this.find(id)
    if (found === null) throw new RangeError('the block must be one that is kept')
    return found
  }

  /** Whether the votes for a block are here that the seal of a child needs. */
  hasQuorum({ memory, sets, votes }: PoaNode): boolean {
    const isThere = (kid: Uint8Array): boolean => votes.has(encodeHex(kid))
    return memory.height === 0n || isQuorumOfEach(sets, isThere, this.#judge.rule.tolerates)
  }

  /** A block that was checked. @throws RangeError when its parent is not kept */
  add(block: SealedHeader, roster: Roster): SealNews {
    const known = this.find(block.header.id)
    if (known !== null) return nothing
    const parent = this.get(block.header.previous)
    const memory = this.#judge.after(parent.memory, block, roster)
    const added = node(block, memory, parent, setsOf(memory))
    for (const rival of this.#rivals(added)) this.#noteSeals(rival, added)
    this.#nodes.set(encodeHex(block.header.id), added)
    const ofParent = this.#adopt(parent, decodePoaSeal(block.seal).votes)
    return together(ofParent, this.#claim(added))
  }

  /**
   * That a leader who seals any number of blocks of one slot fills no disk: two are kept, and beyond them only what is the
   * first that some sealer voted for in the slot, of which there is one for each sealer at most.
   * @throws ChartsealError `ledger/slot-full`
   */
  requireRoom({ header }: SealedHeader): void {
    const slot = this.#judge.slotAt(header.timestamp)
    const isFull = this.#rivals({ header, memory: { slot } }).length >= mostOfSlot
    if (isFull && !this.#firsts.has(slot, header.id)) throw sealError('ledger/slot-full', { slot })
  }

  /** Other blocks that the same leader sealed of the same slot. */
  #rivals({ header: { id, sealer }, memory: { slot } }: Sealed): readonly PoaNode[] {
    return [...this.#nodes.values()].filter(
      ({ header, memory }) =>
        memory.slot === slot && equal(header.sealer, sealer) && !equal(header.id, id) && header.height > 0n,
    )
  }

  #noteSeals(one: PoaNode, other: PoaNode): void {
    const { ledger, timestamp, sealer: kid } = one.header
    // The lowest block came without its seal.
    const sealer =
      one.seal.length === 0 || one.parent === null ? null : sealerIn([sealersOnto(one.parent.memory)], kid)
    if (sealer === null) return
    const [first, second] = [one, other].map(({ header, seal }) => ({
      header,
      signature: decodePoaSeal(seal).signature,
    }))
    if (first !== undefined && second !== undefined)
      this.offences.note({ kind: 'seals', ledger, timestamp, sealer, blocks: [first, second] })
  }

  /** Votes that a checked seal had. */
  #adopt(parent: PoaNode, votes: readonly Ballot[]): SealNews {
    for (const vote of votes)
      this.#count(parent, { ...vote, block: parent.header.id, slot: parent.memory.slot })
    return this.#weigh(parent)
  }

  /** Votes that waited for this block. */
  #claim(added: PoaNode): SealNews {
    const id = encodeHex(added.header.id)
    for (const [kid, votes] of this.#waiting) {
      const mine = votes.filter(({ block }) => encodeHex(block) === id)
      if (mine.length === 0) continue
      this.#waiting.set(
        kid,
        votes.filter(vote => !mine.includes(vote)),
      )
      for (const vote of mine) if (isVoteFor(added, vote)) this.#count(added, vote)
    }
    return this.#weigh(added)
  }

  /**
   * A vote of anybody. One for a block that is not here waits, or is forgotten where too many do.
   * @throws ChartsealError `ledger/message`
   */
  vote(vote: Vote): SealNews {
    const at = this.find(vote.block)
    const sealer = sealerIn(at === null ? this.#everySet() : at.sets, vote.kid)
    if (at !== null && (at.parent === null || isCounted(at, vote))) return nothing
    if (sealer === null) {
      if (at === null) return nothing
      throw sealError('ledger/message', { reason: 'it is not of a sealer' })
    }
    if (!verifySignature(sealer, votedBytesOf(this.#judge.ledger, vote.slot, vote.block), vote.signature))
      throw sealError('ledger/message', { reason: 'its signature does not verify' })
    this.#noteOffence(vote, sealer)
    if (at === null) return this.#wait(vote)
    if (!isVoteFor(at, vote)) throw sealError('ledger/message', { reason: 'it names another slot' })
    this.#count(at, vote)
    return this.#weigh(at)
  }

  #wait(vote: Vote): SealNews {
    const kid = encodeHex(vote.kid)
    const waiting = this.#waiting.get(kid) ?? []
    if (waiting.some(({ block }) => encodeHex(block) === encodeHex(vote.block))) return nothing
    const bySlot = [...waiting, vote].sort((a, b) => Number(a.slot - b.slot))
    this.#waiting.set(kid, bySlot.slice(-maxWaitingOfSealer))
    return nothing
  }

  #everySet(): readonly SealerSet[] {
    const sets = [...this.#nodes.values()].map(({ memory }) => sealersOnto(memory))
    return sets.filter((set, i) => sets.indexOf(set) === i)
  }

  #count(at: PoaNode, vote: Vote): void {
    const kid = encodeHex(vote.kid)
    if (!at.votes.has(kid)) at.votes.set(kid, { kid: vote.kid, signature: vote.signature })
    const sealer = sealerIn(at.sets, vote.kid)
    if (sealer !== null) this.#noteOffence(vote, sealer)
  }

  #noteOffence(vote: Vote, sealer: Sealer): void {
    const first = this.#firsts.before(vote)
    if (first === null) return
    if (equal(first.block, vote.block)) return
    const { ledger } = this.#judge
    this.offences.note({ kind: 'votes', ledger, slot: vote.slot, sealer, blocks: [first, vote] })
  }

  /** Whether the votes of a block are a quorum by now, and what follows. */
  #weigh(at: PoaNode): SealNews {
    if (at.isNotarised || !this.hasQuorum(at)) return nothing
    at.isNotarised = true
    if (at.memory.height > this.#best.memory.height) this.#best = at
    return { final: this.#finish(at), weightier: [at.header.id] }
  }

  /** The middle one of three notarised blocks in consecutive slots is final. */
  #finish(last: PoaNode): ReadHeader | null {
    const middle = last.parent
    if (last.memory.run < finalRun || middle === null || middle === this.#final) return null
    if (middle.memory.height <= this.#final.memory.height) return null
    this.#final = middle
    this.#shownBy = last
    this.#forget()
    return middle.header
  }

  /** What does not stand on the final block, and what is below it; but for the three blocks that show it. */
  #forget(): void {
    const keptSlots = this.#final.memory.slot
    for (const [id, kept] of this.#nodes) if (!standsOn(kept, this.#final)) this.#nodes.delete(id)
    this.#firsts.forget(keptSlots)
    for (const [kid, votes] of this.#waiting)
      this.#waiting.set(
        kid,
        votes.filter(({ slot }) => slot > keptSlots),
      )
    // The block below stays as a part of the evidence; what is below that one, nobody needs.
    if (this.#final.parent !== null) this.#final.parent.parent = null
    // Of another branch only where more sealers lied than the rule bears.
    if (!standsOn(this.#best, this.#final)) this.#best = this.#highest()
  }

  #highest(): PoaNode {
    const notarised = [...this.#nodes.values()].filter(({ isNotarised }) => isNotarised)
    return notarised.reduce((a, b) => (b.memory.height > a.memory.height ? b : a), this.#final)
  }
}

function node(
  { header, seal }: SealedHeader,
  memory: PoaMemory,
  parent: PoaNode | null,
  sets: readonly SealerSet[],
): PoaNode {
  return { header, seal, memory, parent, sets, votes: new Map(), isNotarised: false }
}

/** A vote that comes again is not verified again. */
function isCounted({ memory, votes }: PoaNode, { kid, slot, signature }: Vote): boolean {
  const counted = votes.get(encodeHex(kid))
  return counted !== undefined && slot === memory.slot && equal(counted.signature, signature)
}

function isVoteFor({ memory, sets }: PoaNode, { slot, kid }: Vote): boolean {
  return memory.slot === slot && sealerIn(sets, kid) !== null
}

function standsOn(upper: PoaNode, lower: PoaNode): boolean {
  let at: PoaNode | null = upper
  while (at !== null && at.memory.height > lower.memory.height) at = at.parent
  return at === lower
}

function together(a: SealNews, b: SealNews): SealNews {
  return { final: b.final ?? a.final, weightier: [...a.weightier, ...b.weightier] }
}
