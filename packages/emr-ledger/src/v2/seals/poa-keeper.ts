/** One sealer, or one who watches: when to vote, when to seal, and that neither is done twice. */
import { equal, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeCbor } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { type Header, headerOf, type ReadHeader } from '../header.js'
import type { RecordSigner } from '../prepare.js'
import type { Roster } from '../roster.js'
import type { SealAct, SealBase, SealedHeader, SealKeeper, SealNews, SealNotes, SealTurn } from '../seal.js'
import type { PoaJudge } from './poa.js'
import { decodePoaMemory, encodePoaMemory } from './poa-memory.js'
import { checkOffence } from './poa-offence.js'
import { bindBySeal, bindByVote, noteNames, type Promises, readPromises } from './poa-promises.js'
import { FinalityRecord } from './poa-record.js'
import { sealerIn } from './poa-sealers.js'
import { type PoaNode, PoaTree } from './poa-tree.js'
import { decodePoaSeal, decodeVote, encodePoaSeal, encodeVote, type Vote } from './poa-votes.js'
import { sealedBytesOf, signBytes, votedBytesOf } from './signing.js'

export interface PoaKeeperOptions {
  readonly notes: SealNotes
  /** `null` for a node that does not seal. */
  readonly signer: RecordSigner | null
}

const nothing: SealNews = { final: null, weightier: [] }

/** Blocks on one parent that one sealer makes without a pause in between. */
const freeTries = 8
/** In slots. */
const longestPause = 64

export class PoaKeeper implements SealKeeper {
  readonly judge: PoaJudge
  readonly #tree: PoaTree
  readonly #notes: SealNotes
  readonly #signer: RecordSigner | null
  readonly #promises: Promises
  readonly #record: FinalityRecord

  private constructor(
    judge: PoaJudge,
    tree: PoaTree,
    { notes, signer }: PoaKeeperOptions,
    promises: Promises,
    record: FinalityRecord,
  ) {
    this.judge = judge
    this.#tree = tree
    this.#notes = notes
    this.#signer = signer
    this.#promises = promises
    this.#record = record
  }

  /** @throws ChartsealError `ledger/seal-memory` for what was not stored by this */
  static async open(judge: PoaJudge, base: SealBase, options: PoaKeeperOptions): Promise<PoaKeeper> {
    const memory = base.memory === null ? judge.begin() : decodePoaMemory(base.memory)
    const tree = new PoaTree(judge, base.header, memory)
    const promises = await readPromises(options.notes)
    await tree.offences.load(options.notes, checkOffence)
    const record = await FinalityRecord.open(options.notes, tree.final)
    return new PoaKeeper(judge, tree, options, promises, record)
  }

  get final(): ReadHeader {
    return this.#tree.final.header
  }

  /** Proofs that sealers voted for, or sealed, two blocks of a slot (`checkOffence`). */
  get offences(): readonly Uint8Array[] {
    return this.#tree.offences.all
  }

  /** @throws as `PoaJudge.check`, and ChartsealError `ledger/slot-full` */
  check(block: SealedHeader): void {
    this.judge.check(block, this.#tree.get(block.header.previous).memory)
    this.#tree.requireRoom(block)
  }

  add(block: SealedHeader, roster: Roster): SealNews {
    const news = this.#tree.add(block, roster)
    this.#bind(block.header)
    return this.#seen(news)
  }

  /** What a block shows that this node has signed, it signed: whatever its notes say. */
  #bind({ id, previous, sealer, timestamp }: ReadHeader): void {
    if (this.#signer === null) return
    const { kid } = this.#signer
    if (equal(sealer, kid)) bindBySeal(this.#promises, this.judge.slotAt(timestamp))
    for (const node of [this.#tree.find(previous), this.#tree.find(id)])
      if (node !== null) bindByVote(this.#promises, node, kid)
  }

  memory(id: Uint8Array): Uint8Array {
    return encodePoaMemory(this.#tree.get(id).memory)
  }

  /** Nothing to do: what is final is the base. */
  rebase(id: Uint8Array): void {
    this.#tree.get(id)
  }

  has(id: Uint8Array): boolean {
    return this.#tree.find(id) !== null
  }

  weight(id: Uint8Array): bigint {
    const { memory, isNotarised } = this.#tree.get(id)
    return 2n * memory.height + (isNotarised ? 1n : 0n)
  }

  async take(message: Uint8Array): Promise<SealNews> {
    const vote = decodeVote(message)
    const news = this.#tree.vote(vote)
    const node = this.#tree.find(vote.block)
    if (node !== null && this.#signer !== null) bindByVote(this.#promises, node, this.#signer.kid)
    return this.#seen(news)
  }

  /** As messages: a block of which too many are here is taken once votes for it are known. */
  votesIn({ seal }: SealedHeader, { id, timestamp }: ReadHeader): readonly Uint8Array[] {
    const slot = this.judge.slotAt(timestamp)
    return decodePoaSeal(seal).votes.map(vote => encodeVote({ ...vote, block: id, slot }))
  }

  missing(): readonly Uint8Array[] {
    return this.#tree.missing
  }

  /** The newest first: there is not always room for all. */
  messages(): readonly Uint8Array[] {
    return [...this.#tree.nodes()]
      .reverse()
      .flatMap(({ header, memory, votes }) =>
        [...votes.values()].map(vote => encodeVote({ ...vote, block: header.id, slot: memory.slot })),
      )
  }

  /** Votes for every block that the rules let it vote for, slot by slot. */
  async act(nowSeconds: bigint): Promise<SealAct> {
    const messages: Uint8Array[] = []
    let news = nothing
    for (;;) {
      const next = this.#votable(this.judge.slotAt(nowSeconds))
      if (next === null || this.#signer === null) break
      const vote = await this.#voteFor(next, this.#signer)
      messages.push(encodeVote(vote))
      news = together(news, this.#seen(this.#tree.vote(vote)))
    }
    await this.settle()
    return { messages, news }
  }

  /** Of the lowest slot in which it has not voted: a block on a longest notarised chain. */
  #votable(now: bigint): PoaNode | null {
    const { voted, lock } = this.#promises
    const longest = this.#tree.best.memory.height
    let found: PoaNode | null = null
    for (const node of this.#tree.nodes()) {
      const { height, slot } = node.memory
      if (slot <= voted || slot > now || height !== longest + 1n || height - 1n < lock) continue
      if (this.#signer === null || sealerIn(node.sets, this.#signer.kid) === null) continue
      if (found === null || slot < found.memory.slot) found = node
    }
    return found
  }

  async #voteFor({ header, memory }: PoaNode, signer: RecordSigner): Promise<Vote> {
    const { slot, height } = memory
    await this.#notes.put(noteNames.voted, encodeCbor({ slot, lock: height - 1n }))
    this.#promises.voted = slot
    this.#promises.lock = height - 1n
    const signature = await signBytes(signer, votedBytesOf(this.judge.ledger, slot, header.id))
    return { block: header.id, slot, kid: signer.kid, signature }
  }

  turn(nowSeconds: bigint, tip: Uint8Array, hasRecords: boolean): SealTurn | null {
    const slot = this.judge.slotAt(nowSeconds)
    const { best } = this.#tree
    if (this.#signer === null || slot <= this.#promises.sealed || slot <= best.memory.slot) return null
    if (!this.#tree.hasQuorum(best) || this.#waitsForVotes(slot, nowSeconds)) return null
    if (this.#hasTried(this.#signer, slot)) return null
    if (!hasRecords && !this.#isBusy(tip) && !isBusy(best)) return null
    const draft = this.judge.draft(best.memory, slot)
    return equal(draft.sealer, this.#signer.kid) ? { ...draft, parent: best.header.id } : null
  }

  /** The block of the slot before may still get its votes: half of a slot is theirs. */
  #waitsForVotes(slot: bigint, nowSeconds: bigint): boolean {
    const half = BigInt(Math.floor(this.judge.rule.slotSeconds / 2))
    if (nowSeconds >= this.judge.timeOf(slot) + half) return false
    const { best } = this.#tree
    return [...this.#tree.nodes()].some(({ parent, memory }) => parent === best && memory.slot === slot - 1n)
  }

  /**
   * Who is cut off makes fewer and fewer blocks that nobody votes for: their number grows with the logarithm of time, and
   * then by one in `longestPause` slots. Once connected, the one of the highest slot gets the votes of all.
   */
  #hasTried({ kid }: RecordSigner, slot: bigint): boolean {
    const { best } = this.#tree
    const own = [...this.#tree.nodes()].filter(
      ({ parent, header }) => parent === best && equal(header.sealer, kid),
    )
    const pause = BigInt(Math.min(2 ** Math.max(0, own.length - freeTries), longestPause))
    return own.some(({ memory }) => slot < memory.slot + pause)
  }

  #isBusy(tip: Uint8Array): boolean {
    const node = this.#tree.find(tip)
    return node !== null && isBusy(node)
  }

  /** @throws ChartsealError `ledger/sealed-already`; RangeError for a header that is not of a turn */
  async seal(header: Header): Promise<SealedHeader> {
    const signer = this.#signer
    if (signer === null) throw new TypeError('this node has no key to seal with')
    const parent = this.#tree.get(header.previous)
    const slot = this.judge.slotAt(header.timestamp)
    if (slot <= this.#promises.sealed) throw sealError('ledger/sealed-already', { slot })
    await this.#notes.put(noteNames.sealed, fromBigIntBE(slot, 8))
    this.#promises.sealed = slot
    const read = headerOf({ ...header, nonce: 0n })
    const signature = await signBytes(signer, sealedBytesOf(read.id))
    const votes = parent.memory.height === 0n ? [] : [...parent.votes.values()]
    return { header: read, seal: encodePoaSeal({ signature, votes }) }
  }

  finality(): { readonly header: ReadHeader; readonly evidence: Uint8Array } | null {
    const { newest } = this.#record
    return newest === null ? null : { header: this.final, evidence: newest }
  }

  trail(): readonly Uint8Array[] {
    return this.#record.trail
  }

  async settle(): Promise<void> {
    await this.#tree.offences.store(this.#notes)
    await this.#record.store()
  }

  #seen(news: SealNews): SealNews {
    const { shownBy } = this.#tree
    if (news.final !== null && shownBy !== null) this.#record.add(shownBy)
    return news
  }
}

/** Whether it has, or stands on, records that its own chain does not show to be final. */
function isBusy({ memory }: PoaNode): boolean {
  return memory.busy > memory.shown
}

function together(a: SealNews, b: SealNews): SealNews {
  return { final: b.final ?? a.final, weightier: [...a.weightier, ...b.weightier] }
}
