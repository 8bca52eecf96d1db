/**
 * Gossip between the nodes of a ledger: new records and votes, and ids of blocks, whose bytes are asked for. It makes
 * faster what pulling does anyway, and nothing depends on it: what is too large, too much, or of no use here is dropped.
 */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { TokenBuckets } from '@chartseal/core/token-bucket'
import { decodeBlock, type LedgerEvent, type LedgerNodeApi } from '@chartseal/emr-ledger'
import type { Mesh, MeshSide, OpenMesh, Verdict } from './mesh.js'
import { decodeMessage, encodeMessage, type GossipMessage } from './message.js'

/** What gossip asks of the ledger of this node. */
export interface GossipLedger extends Pick<LedgerNodeApi, 'submit' | 'receive' | 'vote'> {
  readonly node: Pick<LedgerNodeApi, 'tip'>
  /** As of `ClinicLedger`: what reads files waits for nobody, and is refused while the node is opened again. */
  read<Result>(
    work: (open: { readonly node: Pick<LedgerNodeApi, 'block'> }) => Promise<Result>,
  ): Promise<Result>
  readonly isWorking: boolean
  /** Something is missing here that others have: pulling brings it. */
  pullSoon(): void
}

export interface GossipCounts {
  readonly accepted: number
  readonly ignored: number
  readonly rejected: number
  /** Messages that were sent to somebody. */
  readonly told: number
  /** Blocks that came because of an id. */
  readonly blocks: number
}

export interface GossipOptions {
  readonly ledger: GossipLedger
  readonly clock: Clock
  readonly open: OpenMesh
  /** How many peers are named. */
  readonly named: number
  /** How long one peer may take to give a block that it told of. */
  readonly answerMs?: number
}

/** Of one peer, and what this node tells by itself. An honest peer passes on what a whole network signs. */
const rate = { perSecond: 100, burst: 1_000 } as const
/** Beside the one that every message costs: what is of no use here. */
const uselessCost = 20
const blockCost = 4
/** Ids of blocks that are not delivered, or not as they were told of: so many at once, and one in ten seconds. */
const lies = { perSecond: 0.1, burst: 5 } as const
/** Peers that one block is asked of. */
const mostAsked = 4
/** Blocks that are asked for at once because of one peer. */
const mostUnderWay = 4
/** Between two ids of blocks that are told: whoever catches up tells of the newest alone. */
const gapMs = 50
const itself = ''

/**
 * What a record, or the header of a block, is refused for by every node that has the block before it. Anything else may
 * be of the moment, or of bytes that the name of the message does not cover.
 */
const refusedByAll: { readonly [kind in GossipMessage['kind']]: ReadonlySet<string> } = {
  record: new Set([
    ...['claims', 'record', 'roster', 'member-key'].map(code => `ledger/${code}`),
    ...['signature', 'high-s', 'other-ledger'].map(code => `ledger/${code}`),
  ]),
  block: new Set(
    ['bad-block-record', 'state-root', 'block-height', 'block-time'].map(code => `ledger/${code}`),
  ),
  evidence: new Set(),
}

const ofSender: ReadonlySet<string> = new Set(
  ['records-root', 'seal-encoding', 'seal-signature', 'seal-votes'].map(code => `ledger/${code}`),
)

/** Whether these are bytes of a block of this name, and can be read. */
function isBlock(bytes: Uint8Array, id: Uint8Array): boolean {
  try {
    return equal(decodeBlock(bytes).header.id, id)
  } catch {
    return false
  }
}

export class Gossip implements MeshSide {
  readonly #options: GossipOptions
  readonly #rates = new TokenBuckets(rate)
  readonly #lies = new TokenBuckets(lies)
  readonly #counts = { accepted: 0, ignored: 0, rejected: 0, told: 0, blocks: 0 }
  #mesh: Mesh | null = null
  readonly #underWay = new Map<string, number>()
  #gap: NodeJS.Timeout | undefined
  #isLate = false
  #isClosed = false

  private constructor(options: GossipOptions) {
    this.#options = options
  }

  /** @throws what opening the network throws */
  static async open(options: GossipOptions): Promise<Gossip> {
    const gossip = new Gossip(options)
    gossip.#mesh = await options.open(gossip)
    return gossip
  }

  /** How many peers there are, and how many are connected. */
  get peers(): { readonly named: number; readonly there: number } {
    return { named: this.#options.named, there: this.#mesh?.there ?? 0 }
  }

  /** Where this node is reached: multiaddrs with its id. */
  get addresses(): readonly string[] {
    return this.#mesh?.addresses ?? []
  }

  get counts(): GossipCounts {
    return { ...this.#counts }
  }

  /** Tells others of what is new here. */
  hear(event: LedgerEvent): void {
    if (event.kind === 'pending') this.#tell({ kind: 'record', bytes: event.bytes })
    else if (event.kind === 'evidence') this.#tell({ kind: 'evidence', bytes: event.bytes })
    else if (event.kind === 'block' || event.kind === 'reorganised') this.#tellTip()
  }

  async judge(peer: string, bytes: Uint8Array): Promise<Verdict> {
    const verdict = await this.#judged(peer, bytes)
    if (verdict === 'accept') this.#counts.accepted += 1
    else if (verdict === 'reject') this.#counts.rejected += 1
    else this.#counts.ignored += 1
    return verdict
  }

  async block(peer: string, id: Uint8Array): Promise<Uint8Array | null> {
    if (this.#isClosed || !this.#mayAsk(peer, blockCost)) return null
    return this.#options.ledger.read(({ node }) => node.block(id))
  }

  isMuted(peer: string): boolean {
    // A question, which costs nothing.
    return this.#lies.take(peer, this.#nowMs(), 0) > 0
  }

  onPeer(): void {
    this.#options.ledger.pullSoon()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#gap)
    await this.#mesh?.close()
  }

  async #judged(peer: string, bytes: Uint8Array): Promise<Verdict> {
    const { ledger } = this.#options
    if (this.#isClosed || !ledger.isWorking || !this.#mayAsk(peer, 1)) return 'ignore'
    const message = decodeMessage(bytes)
    if (message === null) return 'reject'
    try {
      return await this.#taken(peer, message)
    } catch (error) {
      const code = error instanceof ChartsealError ? String(error.code) : ''
      if (refusedByAll[message.kind].has(code)) return 'reject'
      this.#rates.charge(peer, this.#nowMs(), uselessCost)
      return 'ignore'
    }
  }

  /** What is known here was told from here before: it is not passed on once more. */
  async #taken(peer: string, { kind, bytes }: GossipMessage): Promise<Verdict> {
    const { ledger } = this.#options
    if (kind === 'block') return this.#takeBlock(peer, bytes)
    const isNew = kind === 'record' ? !(await ledger.submit(bytes)).isKnown : await ledger.vote(bytes)
    return isNew ? 'accept' : 'ignore'
  }

  /** Whoever tells of a block has it. Another one may have it too, where that one does not give it. */
  async #takeBlock(peer: string, id: Uint8Array): Promise<Verdict> {
    const { ledger } = this.#options
    const underWay = this.#underWay.get(peer) ?? 0
    // Counted before anything is waited for: many may come in one moment.
    if (underWay >= mostUnderWay) return 'ignore'
    this.#underWay.set(peer, underWay + 1)
    try {
      if ((await ledger.read(({ node }) => node.block(id))) !== null) return 'ignore'
      const others = this.#mesh?.peers().filter(one => one !== peer && !this.isMuted(one)) ?? []
      for (const one of [peer, ...others.slice(0, mostAsked - 1)]) {
        const verdict = await this.#takeFrom(one, id)
        if (verdict !== null) return verdict
        if (one === peer) this.#lies.charge(peer, this.#nowMs(), 1)
      }
      ledger.pullSoon()
      return 'ignore'
    } finally {
      this.#underWay.set(peer, (this.#underWay.get(peer) ?? 1) - 1)
    }
  }

  /** `null` where this peer gives no block of this name. @throws ChartsealError what the header is refused for */
  async #takeFrom(peer: string, id: Uint8Array): Promise<Verdict | null> {
    const { ledger, answerMs = 1_000 } = this.#options
    const bytes = await this.#mesh?.ask(peer, id, AbortSignal.timeout(answerMs)).catch(() => null)
    if (bytes === null || bytes === undefined || !isBlock(bytes, id)) return null
    try {
      const { outcome } = await ledger.receive(bytes)
      if (outcome === 'orphan') ledger.pullSoon()
      if (outcome === 'kept') this.#counts.blocks += 1
      return outcome === 'kept' ? 'accept' : 'ignore'
    } catch (error) {
      // Records and seal are not what the name covers: with others, the block may be right.
      if (error instanceof ChartsealError && ofSender.has(error.code)) return null
      throw error
    }
  }

  #mayAsk(peer: string, cost: number): boolean {
    return !this.isMuted(peer) && this.#rates.take(peer, this.#nowMs(), cost) === 0
  }

  #tell(message: GossipMessage): void {
    const { clock } = this.#options
    const bytes = this.#isClosed ? null : encodeMessage(message)
    if (bytes === null || this.#rates.take(itself, clock.nowMs()) > 0) return
    // What reaches nobody by this way is pulled.
    void this.#mesh?.publish(bytes).then(
      recipients => {
        if (recipients > 0) this.#counts.told += 1
      },
      () => undefined,
    )
  }

  #tellTip(): void {
    this.#isLate = this.#gap !== undefined
    if (this.#isLate || this.#isClosed) return
    this.#gap = setTimeout(() => {
      this.#gap = undefined
      if (this.#isLate) this.#tellTip()
    }, gapMs)
    this.#tell({ kind: 'block', bytes: this.#options.ledger.node.tip.id })
  }

  #nowMs(): number {
    return this.#options.clock.nowMs()
  }
}
