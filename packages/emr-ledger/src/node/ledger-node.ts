/** A node of the ledger: blocks and records come in, one after the other, and what is durable is told. */
import { encodeHex } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import type { AppendLog, Clock } from '@chartseal/core/ports'
import { nodeError } from '../v2/errors-node.js'
import { type Genesis, ledgerIdOf } from '../v2/genesis.js'
import type { ReadHeader } from '../v2/header.js'
import { decodeRecord, type LedgerRecord } from '../v2/record.js'
import type { Roster } from '../v2/roster.js'
import type { SealKeeper } from '../v2/seal.js'
import { Admission } from './admission.js'
import { Answers, chainBlock } from './answers.js'
import type {
  ChainBlock,
  LedgerEvent,
  LedgerNodeApi,
  LedgerNodeOptions,
  LedgerPeer,
  NodeLimits,
  PeerHeader,
  PrescriptionAnswer,
  PullResult,
  Received,
  RecordStatus,
  SealOpener,
  Submitted,
} from './api.js'
import type { Advance, Chain } from './chain.js'
import { Intake } from './intake.js'
import { Listeners } from './listeners.js'
import { Newest } from './newest.js'
import { type Opened, openChain } from './open.js'
import { pull } from './pull.js'
import { Queue } from './queue.js'
import { Sealer, secondsOf } from './sealer.js'
import { Submissions } from './submissions.js'
import { Vouched } from './vouched.js'
import { worthPulling } from './worth.js'

const defaultLimits: NodeLimits = { pending: 4_096, pendingOfSigner: 64, orphans: 64, undoDepth: 1_000 }
const mostSeen = 4_096

export class LedgerNode implements LedgerNodeApi {
  readonly id: Uint8Array
  readonly genesis: Genesis
  readonly #log: AppendLog
  readonly #chain: Chain
  readonly #keeper: SealKeeper
  readonly #seal: SealOpener
  readonly #clock: Clock
  readonly #queue = new Queue()
  readonly #admission: Admission
  readonly #answers: Answers
  readonly #intake: Intake
  readonly #sealer: Sealer
  readonly #submissions: Submissions
  readonly #listeners = new Listeners()
  readonly #vouched: Vouched
  /** Evidence that was handed round lately. */
  readonly #seen = new Newest<true>(mostSeen)
  /** Blocks that sealers voted for, and that came too late. */
  readonly #gone = new Newest<true>(mostSeen)
  readonly #block0: ReadHeader
  #isClosed = false

  private constructor(options: LedgerNodeOptions, limits: NodeLimits, opened: Opened) {
    const { chain, keeper, states, engine, genesis, genesisBlock } = opened
    const { blocks: log, index, clock } = options
    const isWork = genesis.seal.kind === 'pow'
    this.id = ledgerIdOf(options.genesis)
    this.genesis = genesis
    this.#log = log
    this.#chain = chain
    this.#keeper = keeper
    this.#seal = options.seal
    this.#clock = clock
    this.#block0 = genesisBlock.header
    this.#admission = new Admission(chain, limits, () => secondsOf(clock))
    const answers = { chain, index, log, states, engine, genesisBlock, hasFinality: !isWork }
    this.#answers = new Answers({ ...answers, now: () => secondsOf(clock) })
    const dispenseDepth = isWork ? (options.dispenseDepth ?? 'never') : null
    this.#vouched = new Vouched({
      index,
      chain,
      admission: this.#admission,
      answers: this.#answers,
      listeners: this.#listeners,
      dispenseDepth,
    })
    const onAdvance = (advance: Advance): Promise<void> => this.#onAdvance(advance)
    const flush = (): Promise<void> => this.#flush()
    const { verified } = this.#admission
    const intake = { ledger: this.id, chain, index, keeper, clock, engine, verified, onAdvance }
    this.#intake = new Intake({ ...intake, mostOrphans: limits.orphans })
    const shared = { queue: this.#queue, admission: this.#admission, flush }
    this.#sealer = new Sealer({
      ...shared,
      chain,
      keeper,
      intake: this.#intake,
      clock,
      others: options.otherClocks ?? (() => []),
      isSlow: isWork,
      onAdvance,
      onMessages: messages => {
        for (const bytes of messages) this.#listeners.tell({ kind: 'evidence', bytes })
      },
    })
    this.#submissions = new Submissions({
      ...shared,
      index,
      sealed: txid => this.#vouched.sealed(txid),
      policy: record => this.#vouched.requireDepth(record),
      onPending: ({ txid, bytes }) => this.#listeners.tell({ kind: 'pending', txid, bytes }),
    })
  }

  /**
   * Opens a node, which owns the block log from now on. An index that is missing or behind is made from the log.
   * @throws ChartsealError as `openChain`
   */
  static async open(options: LedgerNodeOptions): Promise<LedgerNode> {
    const limits = { ...defaultLimits, ...options.limits }
    const node = new LedgerNode(options, limits, await openChain(options, limits.undoDepth))
    await node.#vouched.restore()
    return node
  }

  get tip(): ChainBlock {
    return chainBlock(this.#chain.published.tip)
  }

  get final(): ChainBlock {
    const { floor } = this.#chain.published
    return chainBlock(this.genesis.seal.kind === 'pow' ? { header: this.#block0 } : floor)
  }

  async submit(bytes: Uint8Array): Promise<Submitted> {
    this.#refuseClosed()
    return this.#submissions.submit(decodeRecord(bytes))
  }

  receive(block: Uint8Array): Promise<Received> {
    return this.#receive(block, false)
  }

  #receive(block: Uint8Array, isCorrected: boolean): Promise<Received> {
    return this.#run(async () => {
      const received = await this.#intake.take(block, isCorrected)
      if (received.outcome === 'kept') await this.#act()
      return received
    })
  }

  vote(evidence: Uint8Array): Promise<boolean> {
    return this.#run(async () => {
      await this.#onAdvance(await this.#chain.heed(await this.#keeper.take(evidence)))
      const key = encodeHex(sha256(evidence))
      const isNew = this.#seen.get(key) === undefined
      this.#seen.set(key, true)
      if (isNew) this.#listeners.tell({ kind: 'evidence', bytes: Uint8Array.from(evidence) })
      if (isNew) await this.#act()
      return isNew
    })
  }

  /** Sealers who vote do so at once; a sequencer asks its witnesses when its timer rings. */
  async #act(): Promise<void> {
    if (this.genesis.seal.kind === 'poa') await this.#sealer.act()
  }

  evidence(): readonly Uint8Array[] {
    return this.#keeper.messages()
  }

  offences(): readonly Uint8Array[] {
    return this.#keeper.offences
  }

  async tick(): Promise<ChainBlock | null> {
    this.#refuseClosed()
    const made = await this.#sealer.tick()
    await this.#run(() => this.#vouched.dropRefused())
    const block = made === null ? undefined : this.#chain.tree.get(made.id)
    return block === undefined ? null : chainBlock(block)
  }

  headers(from: bigint, limit: number): Promise<readonly PeerHeader[]> {
    return this.#answers.headers(from, limit)
  }

  block(which: Uint8Array | bigint): Promise<Uint8Array | null> {
    return this.#answers.block(which)
  }

  async record(txid: Uint8Array): Promise<RecordStatus | null> {
    const at = await this.#answers.placed(txid)
    if (at !== null) return { kind: 'sealed', at }
    return this.#run(async () => {
      const waiting = await this.#admission.judged(txid)
      if (waiting !== null)
        return { kind: 'pending', isReady: waiting.refusal === null, record: waiting.record }
      const code = this.#vouched.refusalOf(txid)
      return code === null ? null : { kind: 'refused', code }
    })
  }

  prescription(txid: Uint8Array): Promise<PrescriptionAnswer | null> {
    return this.#answers.prescription(txid)
  }

  roster(): Promise<Roster> {
    return this.#answers.atOneTime(async ({ tip }) => (await this.#chain.stateOf(tip)).roster())
  }

  nextSeq(kid: Uint8Array): Promise<bigint> {
    return this.#run(() => this.#admission.nextSeq(kid))
  }

  pending(): readonly LedgerRecord[] {
    return this.#admission.all().map(({ record }) => record)
  }

  async syncWith(peer: LedgerPeer): Promise<PullResult> {
    this.#refuseClosed()
    const { tree } = this.#chain
    return pull(peer, {
      tip: this.tip,
      floor: chainBlock(tree.floor),
      has: id => tree.get(id) !== undefined,
      judge: worthPulling(this.genesis, this.#block0, this.#seal, this.#chain, this.#keeper),
      receive: (block, isCorrected) => this.#receive(block, isCorrected),
      isTimely: block => this.#keeper.judge.isTimely?.(block, secondsOf(this.#clock)) ?? false,
      votesIn: (child, parent) => this.#keeper.votesIn?.(child, parent) ?? [],
      vote: evidence => this.vote(evidence),
      missing: () => (this.#keeper.missing?.() ?? []).filter(id => !this.#gone.get(encodeHex(id))),
      giveUp: id => this.#gone.set(encodeHex(id), true),
      submit: record => this.submit(record),
    })
  }

  subscribe(listener: (event: LedgerEvent) => void): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#sealer.close()
    await this.#queue.idle()
    await this.#log.close()
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new TypeError('this node is closed')
  }

  async #run<Result>(step: () => Promise<Result>): Promise<Result> {
    this.#refuseClosed()
    return this.#queue.run(async () => {
      await this.#flush()
      return step()
    })
  }

  /** What an earlier step could not write. */
  async #flush(): Promise<void> {
    if (this.#chain.waiting > 0) await this.#onAdvance(await this.#chain.flush())
  }

  async #onAdvance(advance: Advance): Promise<void> {
    const { undone, done, settled, before, after, conflict } = advance
    const final = this.#admission.follow(advance)
    if (before.tip !== after.tip) this.#sealer.giveUp()
    if (undone.length > 0) {
      const [from, to] = [chainBlock(before.tip), chainBlock(after.tip)]
      this.#listeners.tell({ kind: 'reorganised', from, to, depth: undone.length })
    }
    for (const block of done) {
      const records = block.records.map(({ txid }) => txid)
      this.#listeners.tell({ kind: 'block', block: chainBlock(block), records })
    }
    if (settled.length > 0 && this.genesis.seal.kind !== 'pow')
      this.#listeners.tell({ kind: 'final', block: chainBlock(after.floor) })
    if (conflict !== null) throw nodeError('ledger/conflicting-finality', { height: conflict })
    await this.#vouched.forget(final)
  }
}
