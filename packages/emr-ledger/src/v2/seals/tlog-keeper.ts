/** A node of a ledger with a sequencer; of the sequencer too, who has the log. */
import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { type Header, headerOf, type ReadHeader } from '../header.js'
import type { RecordSigner } from '../prepare.js'
import type { Roster } from '../roster.js'
import type { SealAct, SealBase, SealedHeader, SealKeeper, SealNews, SealNotes, SealTurn } from '../seal.js'
import { type KeptBlock, KeptChain } from './kept-chain.js'
import { isNear, sealedBytesOf, signBytes } from './signing.js'
import { type LoggedHeader, type TlogJudge, TlogTrust } from './tlog.js'
import { decodeTlogMemory, encodeTlogMemory, type TlogMemory } from './tlog-memory.js'

/** The log of headers, of which leaf i is header i; block 0 is leaf 0. */
export interface HeaderLog {
  /** How many leaves are durable. */
  readonly size: number
  /** Appends the next leaf; resolves once it is durable. */
  append(leaf: Uint8Array): Promise<void>
  /**
   * Has what is new cosigned, and gives the proof of the newest leaf under the newest cosigned checkpoint, as text of
   * C2SP tlog-proof with the leaf as `extra`; `null` while there is none.
   * @param isRenewed whether to ask for new cosignatures where nothing is new, as they say what time it is; then `null`
   * where a quorum does not answer
   */
  prove(isRenewed?: boolean): Promise<string | null>
}

export interface TlogKeeperOptions {
  readonly notes: SealNotes
  /** The sequencer's: the log key, and the log. `null` for every other node. */
  readonly sequencer: { readonly signer: RecordSigner; readonly log: HeaderLog } | null
  /** The chain that is followed, by height, from this one on: what the log is made of again where it was lost. */
  readonly headers: HeadersFrom
}

/** So many at most. */
export type HeadersFrom = (height: bigint, limit: number) => Promise<readonly ReadHeader[]>

const headersAtOnce = 256
const nothing: SealNews = { final: null, weightier: [] }
const evidenceNote = 'tlog/evidence'

/** Evidence of finality that is checked. */
interface Shown extends LoggedHeader {
  readonly evidence: Uint8Array
}

export class TlogKeeper implements SealKeeper {
  readonly judge: TlogJudge
  readonly #trust: TlogTrust
  readonly #notes: SealNotes
  readonly #sequencer: TlogKeeperOptions['sequencer']
  readonly #headers: HeadersFrom
  readonly #chain: KeptChain<TlogMemory>
  readonly #block0: ReadHeader
  #best: KeptBlock<TlogMemory>
  /** When this node was last told to seal. */
  #turnSeconds: bigint | null = null
  /** The newest evidence: of the final block, or of one that is not here yet. */
  #shown: Shown | null
  /** That of the final block: what is newer may wait for its block for long. */
  #proven: Shown | null

  private constructor(
    judge: TlogJudge,
    trust: TlogTrust,
    chain: KeptChain<TlogMemory>,
    block0: ReadHeader,
    { notes, sequencer, headers }: TlogKeeperOptions,
    shown: Shown | null,
  ) {
    this.judge = judge
    this.#trust = trust
    this.#chain = chain
    this.#block0 = block0
    this.#notes = notes
    this.#sequencer = sequencer
    this.#headers = headers
    this.#shown = shown
    this.#proven = shown !== null && equal(shown.header.id, chain.base.header.id) ? shown : null
    this.#best = chain.base
  }

  /** @throws ChartsealError `ledger/seal-memory`, `ledger/finality` for keys of the rule that cannot be used */
  static async open(
    judge: TlogJudge,
    block0: ReadHeader,
    base: SealBase,
    options: TlogKeeperOptions,
  ): Promise<TlogKeeper> {
    const trust = new TlogTrust(judge.rule, judge.ledger)
    const chain = new KeptChain(
      base.header,
      base.memory === null ? judge.begin() : decodeTlogMemory(base.memory),
    )
    const evidence = await options.notes.get(evidenceNote)
    const shown = evidence === null ? null : { ...trust.check(evidence), evidence }
    return new TlogKeeper(judge, trust, chain, block0, options, shown)
  }

  get final(): ReadHeader {
    return this.#chain.base.header
  }

  check(block: SealedHeader): void {
    this.judge.check(block, this.#chain.get(block.header.previous).memory)
  }

  add(block: SealedHeader, _roster: Roster): SealNews {
    const added = this.#chain.add(block, parent => this.judge.after(parent.memory, block))
    if (added.memory.height > this.#best.memory.height) this.#best = added
    return this.#advance()
  }

  memory(id: Uint8Array): Uint8Array {
    return encodeTlogMemory(this.#chain.get(id).memory)
  }

  /** Nothing to do: what is final is the base. */
  rebase(id: Uint8Array): void {
    this.#chain.get(id)
  }

  has(id: Uint8Array): boolean {
    return this.#chain.find(id) !== null
  }

  weight(id: Uint8Array): bigint {
    return this.#chain.get(id).memory.height
  }

  async take(message: Uint8Array): Promise<SealNews> {
    const shown = { ...this.#checked(message), evidence: Uint8Array.from(message) }
    if (this.#shown !== null && shown.header.height <= this.#shown.header.height) return nothing
    await this.#notes.put(evidenceNote, shown.evidence)
    this.#shown = shown
    return this.#advance()
  }

  /** @throws ChartsealError `ledger/message` */
  #checked(message: Uint8Array): LoggedHeader {
    try {
      return this.#trust.check(message)
    } catch (error) {
      throw error instanceof Error ? sealError('ledger/message', { reason: error.message }) : error
    }
  }

  /** The block that the newest evidence shows, once it is here. */
  #advance(): SealNews {
    const at = this.#shown === null ? null : this.#chain.find(this.#shown.header.id)
    if (at === null || at === this.#chain.base || at.memory.height <= this.#chain.base.memory.height)
      return nothing
    const best = this.#best.header.id
    this.#chain.rebase(at.header.id)
    this.#best = this.#chain.find(best) ?? this.#chain.base
    this.#proven = this.#shown
    return { final: at.header, weightier: [] }
  }

  messages(): readonly Uint8Array[] {
    return this.#shown === null ? [] : [this.#shown.evidence]
  }

  /** The sequencer logs what it sealed, and asks the witnesses. */
  async act(_nowSeconds: bigint): Promise<SealAct> {
    if (this.#sequencer === null) return { messages: [], news: nothing }
    const { log } = this.#sequencer
    await this.#begin(log)
    for (const { header } of this.#chain.pathTo(this.#best))
      if (BigInt(log.size) === header.height) await log.append(header.bytes)
    const proof = await log.prove()
    if (proof === null) return { messages: [], news: nothing }
    const message = encodeUtf8(proof)
    const before = this.#shown
    const news = await this.take(message)
    return { messages: this.#shown === before ? [] : [message], news }
  }

  /** With all that is final: where the log was lost and the blocks were not, it is made again, with the same roots. */
  async #begin(log: HeaderLog): Promise<void> {
    if (log.size === 0) await log.append(this.#block0.bytes)
    const { height } = this.#chain.base.memory
    while (BigInt(log.size) <= height) {
      const lacking = await this.#headers(BigInt(log.size), headersAtOnce)
      const below = lacking.filter(header => header.height <= height)
      if (below.length === 0) throw new Error('internal: the headers below what is final must be here')
      await Promise.all(below.map(({ bytes }) => log.append(bytes)))
    }
  }

  async settle(): Promise<void> {}

  turn(nowSeconds: bigint, tip: Uint8Array, hasRecords: boolean): SealTurn | null {
    if (this.#sequencer === null || !hasRecords || !equal(tip, this.#best.header.id)) return null
    // The log has headers that are not here: after a restore they come back from other nodes first.
    if (BigInt(this.#sequencer.log.size) > this.#best.memory.height + 1n) return null
    // So does evidence, where the log was lost together with blocks.
    if (this.#shown !== null && this.#shown.header.height > this.#best.memory.height) return null
    this.#turnSeconds = nowSeconds
    return { ...this.judge.draft(nowSeconds), parent: tip }
  }

  /**
   * @throws ChartsealError `ledger/sealed-already` for a height that the log has, `ledger/clock`,
   * `ledger/no-witness-time`
   */
  async seal(header: Header): Promise<SealedHeader> {
    if (this.#sequencer === null) throw new TypeError('this node has no log to seal with')
    const { signer, log } = this.#sequencer
    await this.#requireTime(log)
    if (BigInt(log.size) > header.height) throw sealError('ledger/sealed-already', { slot: header.height })
    const read = headerOf({ ...header, nonce: 0n })
    return { header: read, seal: await signBytes(signer, sealedBytesOf(read.id)) }
  }

  /** By when a quorum of witnesses saw the newest checkpoint: asked anew where that is too long ago. */
  async #requireTime(log: HeaderLog): Promise<void> {
    const now = this.#turnSeconds
    if (this.judge.rule.quorum === 0 || now === null) return
    const last = this.#shown?.seenBy ?? null
    if (last !== null && isNear(now, last)) return
    await this.#begin(log)
    const proof = await log.prove(true)
    const seen = proof === null ? null : this.#trust.check(encodeUtf8(proof)).seenBy
    if (seen === null) throw sealError('ledger/no-witness-time', {})
    if (!isNear(now, seen)) throw sealError('ledger/clock', { aheadSeconds: now - seen })
  }

  finality(): { readonly header: ReadHeader; readonly evidence: Uint8Array } | null {
    return this.#proven === null ? null : { header: this.final, evidence: this.#proven.evidence }
  }

  trail(): readonly Uint8Array[] {
    return []
  }

  get offences(): readonly Uint8Array[] {
    return []
  }
}
