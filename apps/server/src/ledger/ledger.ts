/** The node of the prescription ledger as a clinic runs it: opened again after its disk failed, driven by a timer. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import type {
  BundleRequest,
  ChainBlock,
  LedgerEvent,
  LedgerNodeApi,
  Received,
  Submitted,
} from '@chartseal/emr-ledger'
import { requestError } from '../errors.js'
import type { Gossip, GossipLedger } from '../gossip/gossip.js'
import type { HttpPeer, PeerFetch } from './http-peer.js'
import { Pulls, paceOf } from './pulls.js'
import { Readers, reopenAfterMs, stopped } from './readers.js'
import type { Registrar } from './registrar.js'

/** A node that was opened, with what belongs to it. */
export interface OpenNode {
  readonly node: LedgerNodeApi
  /** `null` where the key of the registrar is not on this machine. */
  readonly registrar: Registrar | null
  /** The key id of what it seals with, or would; `null` where there is none. */
  readonly sealer: Uint8Array | null
  /** Whether nobody else can have written since it was opened: this process has the right under the same number. */
  isCurrent(): boolean
  /** Whether it is, or is one of those, who seal the next block. */
  seals(): Promise<boolean>
  /** What a light client checks; `null` while there is nothing final beyond what they have. */
  proof(request: BundleRequest): Promise<Uint8Array | null>
  /** Closes files and wipes keys. */
  close(): Promise<void>
}

export interface ClinicLedgerOptions {
  readonly genesis: Uint8Array
  /** Opens the node, also again after it failed. `otherClocks`: as of `LedgerNodeOptions`. */
  open(otherClocks: () => readonly bigint[]): Promise<OpenNode>
  /** Whether this process may write; where there is one process alone it always may. */
  mayWrite(): boolean
  readonly peers: readonly string[]
  readonly fetch: PeerFetch
  /** Opens the gossip of this ledger; `null` where it only pulls. */
  readonly gossip: ((ledger: GossipLedger) => Promise<Gossip>) | null
  readonly clock: Clock
  /** The chain has another tip, or more of it is final. */
  onChange(height: number, final: number): void
  /** A word that no run had before: what the state of news begins with. */
  readonly run: string
  /** There is something new for other nodes. */
  onNews(): void
  /** The tip of a ledger that is sealed here, before anything is sealed on it; where several seal, what is final. */
  noteTip(tip: ChainBlock): Promise<void>
  /** Told of each failure that is of this machine, and once of each outage of a peer. */
  onFault(error: unknown): void
}

/** How long a record waits at most, where it is our turn. */
const beatMs = 500
/** Records of one moment share a block. */
const gatherMs = 50
/** Blocks of one beat. */
const mostAtOnce = 64
/** Whoever was ended beside the server is found out by then. */
const peopleMs = 60_000
/** They last until somebody sets a clock right, or witnesses answer. */
const sealFaults: ReadonlySet<string> = new Set(['ledger/clock', 'ledger/early', 'ledger/no-witness-time'])

/** Peers are asked only after the node is open, which asks for their clocks. */
interface Clocks {
  heard: () => readonly bigint[]
}

export class ClinicLedger {
  readonly genesis: Uint8Array
  readonly #options: ClinicLedgerOptions
  readonly #pulls: Pulls
  readonly #clocks: Clocks
  #isEnded = false
  readonly #readers = new Readers()
  #open: OpenNode
  #leave: () => void
  #failedMs: number | null = null
  #reopening: Promise<void> | null = null
  #timers: NodeJS.Timeout[] = []
  #gathering: NodeJS.Timeout | undefined
  #beating: Promise<void> | null = null
  #beatAgain = false
  #peopleChanged = true
  #beatTimer: NodeJS.Timeout | undefined
  #reorganised = 0
  #news = 0
  #noted = 0n
  /** The code of what keeps this node from sealing: told once. */
  #sealFault: string | null = null
  #gossip: Gossip | null = null

  private constructor(open: OpenNode, options: ClinicLedgerOptions, clocks: Clocks) {
    this.genesis = options.genesis
    this.#options = options
    this.#open = open
    const { peers, fetch } = options
    const onFault = (error: unknown): void => this.#tellFault(error)
    const pace = paceOf(open.node.genesis.seal)
    this.#pulls = new Pulls({ peers, fetch, pace, onFault, sync: peer => this.#sync(peer) })
    clocks.heard = () => this.#pulls.clocks
    this.#clocks = clocks
    this.#leave = open.node.subscribe(event => this.#hear(event))
  }

  static async open(options: ClinicLedgerOptions): Promise<ClinicLedger> {
    const clocks: Clocks = { heard: () => [] }
    const ledger = new ClinicLedger(await options.open(() => clocks.heard()), options, clocks)
    try {
      ledger.#gossip = (await options.gossip?.(ledger)) ?? null
      return ledger
    } catch (error) {
      await ledger.close()
      throw error
    }
  }

  /** What it has in memory. What writes goes through {@link submit}, what reads its files or the store through {@link read}. */
  get node(): LedgerNodeApi {
    return this.#open.node
  }

  /** Reads while the node is open. @throws ChartsealError `ledger-node/stopped`, `store/…` */
  read<Result>(work: (open: OpenNode) => Promise<Result>): Promise<Result> {
    return this.#readers.read(() => work(this.#open))
  }

  /** Whether it is, or is one of those, who seal the next block. */
  seals(): Promise<boolean> {
    return this.read(open => open.seals())
  }

  /** The key id of what it seals with, or would; `null` where there is none. */
  get sealer(): Uint8Array | null {
    return this.#open.sealer
  }

  /** Another text whenever there is something new for other nodes. */
  get news(): string {
    return `${this.#options.run}.${this.#news}`
  }

  get isWorking(): boolean {
    return this.#failedMs === null && this.#options.mayWrite()
  }

  /** The code of what keeps this node from sealing what waits; `null` where nothing does. */
  get sealFault(): string | null {
    return this.#sealFault
  }

  /** How often the chain was changed below its tip. */
  get reorganised(): number {
    return this.#reorganised
  }

  /** How many peers there are, and how many answered last. */
  get peers(): { readonly named: number; readonly there: number } {
    return { named: this.#options.peers.length, there: this.#pulls.there }
  }

  /** `null` where it only pulls. */
  get gossip(): Pick<Gossip, 'addresses' | 'peers' | 'counts'> | null {
    return this.#gossip
  }

  /** Begins to seal and to pull. */
  start(): void {
    this.#timers = [setInterval(() => this.peopleChanged(), peopleMs)]
    this.#nextBeat()
    this.#pulls.start(this.node.id)
    this.#beat()
  }

  /** With the half seconds of the clock: slots begin, and are half over, with one. */
  #nextBeat(): void {
    const pastMs = this.#options.clock.nowMs() % beatMs
    this.#beatTimer = setTimeout(
      () => {
        this.#beat()
        this.#nextBeat()
      },
      beatMs - pastMs + 1,
    )
  }

  /** Brings the roster up to date and seals what waits, now; resolves when that was done, or could not be. */
  async beat(): Promise<void> {
    await this.#beating
    this.#beat()
    await this.#beating
  }

  /** Devices were enrolled or ended: the roster follows. */
  peopleChanged(): void {
    this.#peopleChanged = true
    this.#gather()
  }

  /** Resolves once the record is durable here. @throws ChartsealError `ledger-node/stopped`, `ledger/…` */
  async submit(record: Uint8Array): Promise<Submitted> {
    if (!this.#options.mayWrite()) throw stopped()
    return this.#guarded(({ node }) => node.submit(record))
  }

  /** A block of another node. @throws ChartsealError `ledger-node/stopped`, `ledger/…` */
  async receive(block: Uint8Array): Promise<Received> {
    if (!this.#options.mayWrite()) throw stopped()
    return this.#guarded(({ node }) => node.receive(block))
  }

  /** A vote, or evidence of finality. @throws ChartsealError `ledger-node/stopped`, `ledger/…` */
  async vote(evidence: Uint8Array): Promise<boolean> {
    if (!this.#options.mayWrite()) throw stopped()
    return this.#guarded(({ node }) => node.vote(evidence))
  }

  /** Asks peers that did not answer again, now. */
  pullSoon(): void {
    this.#pulls.wake()
  }

  /** @throws ChartsealError `ledger-node/not-final` */
  async proof(request: BundleRequest): Promise<Uint8Array> {
    const bundle = await this.read(open => open.proof(request))
    if (bundle === null) throw requestError('ledger-node/not-final', { retryMs: reopenAfterMs })
    return bundle
  }

  /** Finishes what was begun. */
  async close(): Promise<void> {
    this.#isEnded = true
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#beatTimer)
    clearTimeout(this.#gathering)
    await this.#gossip?.close()
    await this.#pulls.close()
    await this.#beating
    await this.#reopening?.catch(() => undefined)
    this.#leave()
    await this.#open.close()
  }

  #hear(event: LedgerEvent): void {
    const { tip, final, genesis } = this.node
    this.#news += 1
    this.#options.onNews()
    this.#gossip?.hear(event)
    // Where others vote, what comes may be what this node waited for.
    if (event.kind === 'pending' || genesis.seal.kind === 'poa') this.#gather()
    if (event.kind === 'reorganised') this.#reorganised += 1
    if (event.kind === 'block' || event.kind === 'final' || event.kind === 'reorganised')
      this.#options.onChange(Number(tip.height), Number(final.height))
  }

  /** Beats soon, so that a record does not wait for the next beat. */
  #gather(): void {
    if (this.#timers.length === 0 || this.#isEnded) return
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.#beat()
    }, gatherMs)
  }

  #beat(): void {
    if (this.#beating !== null) {
      this.#beatAgain = true
      return
    }
    this.#beating = this.#once().finally(() => {
      this.#beating = null
      if (!this.#beatAgain) return
      this.#beatAgain = false
      this.#gather()
    })
  }

  async #once(): Promise<void> {
    if (this.#isEnded || !this.#options.mayWrite()) return
    try {
      await this.#guarded(async open => {
        await this.#reconcile(open).catch((error: unknown) => this.#rosterFault(error))
        await sealAll(open.node)
        this.#sealFault = null
        await this.#note(open)
      })
    } catch (error) {
      if (this.#isSealFault(error)) return
      this.#tellFault(error)
    }
  }

  /** Whether it is one that lasts and was told. */
  #isSealFault(error: unknown): boolean {
    if (!(error instanceof ChartsealError) || !sealFaults.has(error.code)) return false
    const wasTold = this.#sealFault === error.code
    this.#sealFault = error.code
    return wasTold
  }

  /** A roster that cannot be made holds up no prescription. @throws what is of this machine */
  #rosterFault(error: unknown): void {
    if (isOfMachine(error)) throw error
    this.#tellFault(error)
  }

  /** Again with the next beat while a change is on its way: the one after it is made then. */
  async #reconcile({ registrar }: OpenNode): Promise<void> {
    if (!this.#peopleChanged || registrar === null) return
    this.#peopleChanged = false
    try {
      const done = await registrar.reconcile()
      if (done === 'submitted' || done === 'waits') this.#peopleChanged = true
    } catch (error) {
      this.#peopleChanged = true
      throw error
    }
  }

  /** Once for each tip: those below it are named by it. */
  async #note(open: OpenNode): Promise<void> {
    const { node } = open
    const tip = node.genesis.seal.kind === 'poa' ? node.final : node.tip
    if (tip.height === 0n || tip.height === this.#noted || !(await open.seals())) return
    await this.#options.noteTip(tip)
    this.#noted = tip.height
  }

  /** What a peer has, unless this process may not write. */
  async #sync(peer: HttpPeer): Promise<void> {
    if (this.#options.mayWrite()) await this.#guarded(({ node }) => node.syncWith(peer))
  }

  async #guarded<Result>(work: (open: OpenNode) => Promise<Result>): Promise<Result> {
    await this.#repair()
    try {
      return await work(this.#open)
    } catch (error) {
      if (!isOfMachine(error)) throw error
      this.#failed(error)
      throw stopped()
    }
  }

  /** A failure of the disk was told when it was noticed. */
  #tellFault(error: unknown): void {
    if (!isStopped(error)) this.#options.onFault(error)
  }

  #failed(error: unknown): void {
    this.#failedMs = this.#options.clock.nowMs()
    this.#options.onFault(error)
  }

  /** A disk that failed may work again: what is durable, and what another writer did, is known again after opening. */
  async #repair(): Promise<void> {
    if (this.#failedMs === null && this.#open.isCurrent()) return
    const passedMs = this.#failedMs === null ? reopenAfterMs : this.#options.clock.nowMs() - this.#failedMs
    if (passedMs >= 0 && passedMs < reopenAfterMs && this.#reopening === null) throw stopped()
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = null
    })
    await this.#reopening
  }

  async #reopen(): Promise<void> {
    this.#leave()
    await this.#readers.close()
    await this.#open.close().catch(() => undefined)
    try {
      this.#open = await this.#options.open(() => this.#clocks.heard())
    } catch (error) {
      this.#failed(error)
      throw stopped()
    }
    this.#leave = this.#open.node.subscribe(event => this.#hear(event))
    this.#readers.open()
    this.#failedMs = null
  }
}

/** Until nothing waits that can be sealed; what was sealed last becomes final with the tick behind it. */
async function sealAll(node: LedgerNodeApi): Promise<void> {
  for (let left = mostAtOnce; left > 0 && (await node.tick()) !== null; left -= 1);
}

function isStopped(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'ledger-node/stopped'
}

/** Whether the disk or the store failed, now or before, and not what was handed in. */
function isOfMachine(error: unknown): boolean {
  return error instanceof ChartsealError && /^(files\/|store\/|log\/poisoned$)/.test(error.code)
}
