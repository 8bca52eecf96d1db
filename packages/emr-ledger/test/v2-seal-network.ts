/** Sealers on a network that delays, parts and crashes as a seed says; some of them lie. */
import { concat, fromBigIntLE } from '@chartseal/core/bytes'
import { encodeCbor, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import {
  type Genesis,
  genesisBlock,
  type Header,
  headerOf,
  openSeal,
  type ReadHeader,
  type Roster,
  type SealBase,
  type SealedHeader,
  type SealKeeper,
  type SealNotes,
  type SealTurn,
} from '@chartseal/emr-ledger'
import type { Person } from './v2-people.js'

/** Numbers that a seed draws. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * sides)
  }

  /** True in `percent` of a hundred times. */
  hits(percent: number): boolean {
    return this.roll(100) < percent
  }
}

/** Notes that outlive a node; `dies` lets one die while it writes. */
export class Notes implements SealNotes {
  readonly values = new Map<string, Uint8Array>()
  dies: () => 'before' | 'after' | null = () => null

  async get(name: string): Promise<Uint8Array | null> {
    return this.values.get(name) ?? null
  }

  async put(name: string, value: Uint8Array): Promise<void> {
    const when = this.dies()
    if (when === 'before') throw new Crash()
    this.values.set(name, Uint8Array.from(value))
    if (when === 'after') throw new Crash()
  }
}

class Crash extends Error {}

/** What travels. */
type Parcel = { readonly block: SealedHeader } | { readonly message: Uint8Array }

/** A process with a key: two of them may have one key, and then that sealer lies. */
export interface Sealing {
  readonly person: Person
  readonly isHonest: boolean
}

interface Queued {
  readonly at: number
  readonly to: Process
  readonly parcel: Parcel
}

class Process {
  /** What a liar has voted for. */
  readonly voted = new Set<string>()
  readonly notes = new Notes()
  readonly blocks: SealedHeader[] = []
  readonly orphans: SealedHeader[] = []
  keeper: SealKeeper
  base: SealBase
  group = 0
  downUntil = 0
  readonly sealing: Sealing

  constructor(sealing: Sealing, keeper: SealKeeper, base: SealBase) {
    this.sealing = sealing
    this.keeper = keeper
    this.base = base
  }

  tip(block0: ReadHeader): ReadHeader {
    const kept = this.blocks.map(({ header }) => header).filter(({ id }) => this.keeper.has(id))
    const first = this.keeper.has(block0.id) ? block0 : this.keeper.final
    const weight = (header: ReadHeader): bigint => this.keeper.weight(header.id)
    return kept.reduce((a, b) => (weight(b) > weight(a) ? b : a), first)
  }
}

export interface NetworkOptions {
  readonly seed: number
  readonly genesis: Genesis
  readonly sealers: readonly Sealing[]
  /** In percent, of a step of one node. */
  readonly crashes: number
  /** Which rosters may follow; drawn now and then. */
  readonly rosters: readonly Roster[]
}

const stepsPerSlot = 3

export class Network {
  readonly #options: NetworkOptions
  readonly #dice: Dice
  #queue: Queued[] = []
  readonly #headers = new Map<string, ReadHeader>()
  readonly #rosters = new Map<string, Roster>()
  /** Ids of final blocks by height. */
  readonly finals = new Map<bigint, string>()
  readonly block0: ReadHeader
  processes: readonly Process[] = []
  #step = 0
  /** While it is calm nothing is lost, parted or crashed. */
  isCalm = false
  /** How many finals contradicted one that was there. */
  conflicts = 0

  private constructor(options: NetworkOptions) {
    this.#options = options
    this.#dice = new Dice(options.seed)
    this.block0 = genesisBlock(options.genesis).header
    this.#headers.set(encodeHex(this.block0.id), this.block0)
    this.#rosters.set(encodeHex(this.block0.id), options.genesis.roster)
    this.finals.set(0n, encodeHex(this.block0.id))
  }

  static async open(options: NetworkOptions): Promise<Network> {
    const network = new Network(options)
    const base = { header: network.block0, memory: null }
    network.processes = await Promise.all(
      options.sealers.map(async sealing => {
        const notes = new Notes()
        const keeper = await network.#keeper(sealing, base, notes)
        const made = new Process(sealing, keeper, base)
        made.keeper = await network.#keeper(sealing, base, made.notes)
        return made
      }),
    )
    return network
  }

  get now(): bigint {
    const { genesis } = this.#options
    const slotSeconds = genesis.seal.kind === 'poa' ? genesis.seal.slotSeconds : 1
    return genesis.timestamp + BigInt(Math.floor((this.#step * slotSeconds) / stepsPerSlot))
  }

  get honest(): readonly Process[] {
    return this.processes.filter(({ sealing }) => sealing.isHonest)
  }

  /** The highest block that anybody honest holds to be final. */
  get height(): bigint {
    return [...this.finals.keys()].reduce((a, b) => (b > a ? b : a), 0n)
  }

  #keeper({ person }: Sealing, base: SealBase, notes: SealNotes): Promise<SealKeeper> {
    const { genesis } = this.#options
    return openSeal({ genesis, block0: this.block0, base, notes, tools: { signer: person.signer } })
  }

  async run(slots: number): Promise<void> {
    for (let i = 0; i < slots * stepsPerSlot; i++) await this.#tick()
  }

  async #tick(): Promise<void> {
    this.#step += 1
    this.#weather()
    const isDue = ({ at, to }: Queued): boolean => at <= this.#step && to.downUntil <= this.#step
    const due = this.#queue.filter(isDue)
    this.#queue = this.#queue.filter(queued => !isDue(queued))
    for (const { to, parcel } of due) await this.#alive(to, () => this.#receive(to, parcel))
    for (const process of this.processes)
      if (process.downUntil <= this.#step) await this.#alive(process, () => this.#work(process))
  }

  /** Partitions come and go. */
  #weather(): void {
    if (this.isCalm) for (const process of this.processes) process.group = 0
    else if (this.#dice.hits(8))
      for (const process of this.processes) process.group = this.#dice.roll(this.#dice.hits(50) ? 1 : 2)
  }

  /** A node that dies is there again some time later, with what was durable. */
  async #alive(process: Process, work: () => Promise<void>): Promise<void> {
    const { crashes } = this.#options
    const mayDie = !this.isCalm && process.sealing.isHonest
    process.notes.dies = () =>
      mayDie && this.#dice.hits(crashes) ? (this.#dice.hits(50) ? 'before' : 'after') : null
    try {
      await work()
      if (mayDie && this.#dice.roll(1_000) < crashes * 2) throw new Crash()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      process.downUntil = this.#step + this.#dice.roll(12)
      process.notes.dies = () => null
      await this.#restart(process)
    }
  }

  async #restart(process: Process): Promise<void> {
    process.keeper = await this.#keeper(process.sealing, process.base, process.notes)
    process.orphans.length = 0
    for (const block of process.blocks)
      if (process.keeper.has(block.header.previous) && !process.keeper.has(block.header.id))
        process.keeper.add(block, this.#rosterOf(block.header))
    this.#note(process)
  }

  async #receive(process: Process, parcel: Parcel): Promise<void> {
    if ('message' in parcel) {
      const news = await process.keeper.take(parcel.message)
      await this.#settle(process, news.final)
    } else await this.#take(process, parcel.block)
    await this.#act(process)
  }

  async #take(process: Process, block: SealedHeader): Promise<void> {
    const { keeper } = process
    if (keeper.has(block.header.id)) return
    if (!keeper.has(block.header.previous)) {
      process.orphans.push(block)
      return
    }
    keeper.judge.checkTime(block.header, this.now)
    keeper.check(block)
    process.blocks.push(block)
    const news = keeper.add(block, this.#rosterOf(block.header))
    await this.#settle(process, news.final)
    const children = process.orphans.filter(one => keeper.has(one.header.previous))
    for (const child of children) process.orphans.splice(process.orphans.indexOf(child), 1)
    for (const child of children) await this.#take(process, child)
  }

  /** What is final is stored; sometimes a node dies before that. */
  async #settle(process: Process, final: ReadHeader | null): Promise<void> {
    this.#note(process)
    if (final === null) return
    await process.keeper.settle()
    if (process.notes.dies() !== null) throw new Crash()
    const { header } = { header: process.keeper.final }
    process.base = { header, memory: process.keeper.memory(header.id) }
  }

  #note({ keeper, sealing }: Process): void {
    if (!sealing.isHonest) return
    let header: ReadHeader | undefined = keeper.final
    while (header !== undefined) {
      const id = encodeHex(header.id)
      const known = this.finals.get(header.height)
      if (known === id) return
      if (known !== undefined) this.conflicts += 1
      this.finals.set(header.height, id)
      header = this.#headers.get(encodeHex(header.previous))
    }
  }

  async #work(process: Process): Promise<void> {
    await this.#act(process)
    if (this.#dice.hits(this.isCalm ? 30 : 8)) this.#pull(process)
    const tip = process.tip(this.block0)
    const hasRecords = this.#dice.hits(40)
    const turn = process.keeper.turn(this.now, tip.id, hasRecords)
    if (turn !== null) await this.#seal(process, turn, hasRecords)
  }

  async #act(process: Process): Promise<void> {
    const { messages, news } = await process.keeper.act(this.now)
    await this.#settle(process, news.final)
    for (const message of messages) this.#send(process, { message })
    if (!process.sealing.isHonest) this.#voteForAll(process)
  }

  async #seal(process: Process, turn: SealTurn, hasRecords: boolean): Promise<void> {
    const { parent, ...draft } = turn
    const below = this.#headers.get(encodeHex(parent))
    if (below === undefined) throw new Error('the parent must be one of the network')
    const change = hasRecords && this.#dice.hits(15) ? this.#nextRoster(below) : null
    const header: Header = {
      ...draft,
      ledger: this.block0.ledger,
      height: below.height + 1n,
      previous: parent,
      recordsRoot: hasRecords ? new Uint8Array(32).fill(1 + this.#dice.roll(250)) : this.block0.recordsRoot,
      // Each block is another one, also where a sealer makes two of a slot.
      stateRoot: new Uint8Array(32).fill(this.#dice.roll(256)),
      nonce: 0n,
    }
    const id = encodeHex(headerOf(header).id)
    this.#rosters.set(id, change ?? this.#rosterOf(below))
    const block = await process.keeper.seal(header)
    this.#headers.set(id, block.header)
    await this.#take(process, block)
    this.#send(process, { block })
    await this.#act(process)
  }

  #nextRoster(_below: ReadHeader): Roster | null {
    const { rosters } = this.#options
    return rosters[this.#dice.roll(Math.max(1, rosters.length))] ?? null
  }

  #rosterOf({ id }: ReadHeader): Roster {
    const roster = this.#rosters.get(encodeHex(id))
    if (roster === undefined) throw new Error('the block must be one of the network')
    return roster
  }

  /** A liar votes for each block that it hears of, whatever it voted for before. */
  #voteForAll(process: Process): void {
    const { signer } = process.sealing.person
    const { seal } = this.#options.genesis
    for (const { header } of process.blocks.slice(-4)) {
      const id = encodeHex(header.id)
      if (process.voted.has(id)) continue
      process.voted.add(id)
      const slot =
        (header.timestamp - this.#options.genesis.timestamp) /
        BigInt(seal.kind === 'poa' ? seal.slotSeconds : 1)
      const domain = encodeUtf8('chartseal/ledger/v2/vote\0')
      const bytes = concat(domain, header.ledger, fromBigIntLE(slot, 8), header.id)
      const signature = signer.sign(bytes, bytes)
      if (signature instanceof Promise) throw new Error('the key must sign at once')
      const message = encodeCbor({ v: 2, block: header.id, slot, kid: signer.kid, signature })
      this.#send(process, { message }, 50)
    }
  }

  /** To everybody, later or never; who is in another part of the network does not hear of it. */
  #send(from: Process, parcel: Parcel, loss = 15): void {
    for (const to of this.processes) {
      if (to === from || (!this.isCalm && (to.group !== from.group || this.#dice.hits(loss)))) continue
      const delay = this.isCalm ? 0 : this.#dice.roll(this.#dice.hits(20) ? 30 : 3)
      this.#queue.push({ at: this.#step + delay, to, parcel })
    }
  }

  /** All that another node of the same part has. */
  #pull(process: Process): void {
    const others = this.processes.filter(
      other => other !== process && other.group === process.group && other.downUntil <= this.#step,
    )
    const from = others[this.#dice.roll(Math.max(1, others.length))]
    if (from === undefined) return
    const at = this.#step + (this.isCalm ? 0 : this.#dice.roll(3))
    for (const block of from.blocks)
      if (!process.keeper.has(block.header.id) && block.header.height >= process.keeper.final.height)
        this.#queue.push({ at, to: process, parcel: { block } })
    for (const message of from.keeper.messages()) this.#queue.push({ at, to: process, parcel: { message } })
  }
}
