/** Nodes with a seal that tests lead by the hand: what is final, and what a block weighs. */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { memoryLog } from '@chartseal/core/memory'
import type { AppendLog, Clock } from '@chartseal/core/ports'
import {
  applyBlock,
  type Block,
  blockOf,
  decodeBlock,
  draftBlock,
  encodeGenesis,
  type Genesis,
  genesisBlock,
  genesisState,
  type Header,
  headerOf,
  type LedgerIndex,
  LedgerNode,
  type LedgerNodeOptions,
  type LedgerPeer,
  type LedgerRecord,
  type LedgerState,
  memoryIndex,
  type ReadHeader,
  type Roster,
  type SealedHeader,
  type SealKeeper,
  type SealNews,
  type SealStart,
  type SealTurn,
} from '@chartseal/emr-ledger'
import { fixedClock } from '@chartseal/testkit'
import { genesisOf, Person, Scribe } from './v2-world.js'

export const doctor: Person = new Person(1, ['prescriber'])
export const otherDoctor: Person = new Person(2, ['prescriber'])
export const pharmacy: Person = new Person(3, ['dispenser'])
export const otherPharmacy: Person = new Person(4, ['dispenser'])
export const registrar: Person = new Person(5, ['registrar'])
export const people: readonly Person[] = [doctor, otherDoctor, pharmacy, otherPharmacy, registrar]

/** A ledger whose blocks can be final, and one whose blocks never are. */
export const genesis: Genesis = {
  ...genesisOf(people),
  seal: { kind: 'poa', slotSeconds: 1, slotsPerTurn: 1, tolerates: 'crash' },
}
export const workGenesis: Genesis = genesisOf(people)
export const scribeOf = (one: Genesis = genesis): Scribe => new Scribe(genesisBlock(one).header.ledger)

const rightSeal = Uint8Array.of(7)
const nothing: SealNews = { final: null, weightier: [] }

interface Kept {
  readonly header: ReadHeader
  readonly weight: bigint
}

/** A block weighs its difficulty; the id of a block as a message makes it final; a seal is right or wrong. */
export class LedSeal implements SealKeeper {
  readonly #kept = new Map<string, Kept>()
  /** Whether it seals when records wait. */
  seals = true
  final: ReadHeader

  constructor({ base: { header, memory } }: SealStart) {
    this.final = header
    const weight = memory === null ? 0n : new DataView(memory.buffer, memory.byteOffset).getBigUint64(0)
    this.#kept.set(encodeHex(header.id), { header, weight })
  }

  readonly judge = {
    begin: () => ({ kind: 'tlog', height: 0n }) as const,
    check: () => undefined,
    after: () => ({ kind: 'tlog', height: 0n }) as const,
    checkTime: ({ timestamp }: Pick<Header, 'timestamp'>, now: bigint) => {
      if (timestamp > now + 100n) throw new ChartsealError('ledger/early', 'early', {})
    },
  }

  check({ seal }: SealedHeader): void {
    if (seal[0] !== 7) throw new ChartsealError('ledger/seal-signature', 'wrong seal', {})
  }

  add({ header }: SealedHeader, _roster: Roster): SealNews {
    const weight = this.weight(header.previous) + header.difficulty
    this.#kept.set(encodeHex(header.id), { header, weight })
    return nothing
  }

  memory(id: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, this.weight(id))
    return bytes
  }

  rebase(id: Uint8Array): void {
    this.#forget(this.#get(id).header)
  }

  has(id: Uint8Array): boolean {
    return this.#kept.has(encodeHex(id))
  }

  weight(id: Uint8Array): bigint {
    return this.#get(id).weight
  }

  async take(message: Uint8Array): Promise<SealNews> {
    if (message.length !== 32) throw new ChartsealError('ledger/message', 'no message', {})
    const kept = this.#kept.get(encodeHex(message))
    if (kept === undefined || kept.header.height <= this.final.height) return nothing
    this.#forget(kept.header)
    this.final = kept.header
    return { final: kept.header, weightier: [] }
  }

  messages(): readonly Uint8Array[] {
    return this.final.height === 0n ? [] : [this.final.id]
  }

  async act(): Promise<{ readonly messages: readonly Uint8Array[]; readonly news: SealNews }> {
    return { messages: [], news: nothing }
  }

  turn(now: bigint, tip: Uint8Array, hasRecords: boolean): SealTurn | null {
    if (!this.seals || !hasRecords) return null
    return {
      parent: tip,
      timestamp: now,
      difficulty: 1n,
      sealer: new Uint8Array(32),
      extra: new Uint8Array(40),
    }
  }

  async seal(header: Header): Promise<SealedHeader> {
    return { header: headerOf(header), seal: rightSeal }
  }

  async settle(): Promise<void> {}

  finality(): null {
    return null
  }

  trail(): readonly Uint8Array[] {
    return []
  }

  readonly offences: readonly Uint8Array[] = []

  #get(id: Uint8Array): Kept {
    const kept = this.#kept.get(encodeHex(id))
    if (kept === undefined) throw new RangeError('this block is not kept')
    return kept
  }

  /** What does not stand on this block. */
  #forget(base: ReadHeader): void {
    const stands = (header: ReadHeader): boolean => {
      if (header.height <= base.height) return header === base
      const parent = this.#kept.get(encodeHex(header.previous))
      return parent !== undefined && stands(parent.header)
    }
    const gone = [...this.#kept].filter(([, { header }]) => !stands(header))
    for (const [key] of gone) this.#kept.delete(key)
  }
}

export interface World {
  readonly node: LedgerNode
  readonly seal: LedSeal
  readonly clock: Clock & { advance(ms: number): void }
  readonly options: LedgerNodeOptions
}

export async function openNode(
  changes: Partial<LedgerNodeOptions> & { readonly of?: Genesis } = {},
): Promise<World> {
  const { of = genesis, ...more } = changes
  const clock = fixedClock(1_500_000)
  let seal: LedSeal | null = null
  const options: LedgerNodeOptions = {
    genesis: encodeGenesis(of),
    blocks: memoryLog(),
    index: memoryIndex(),
    clock,
    ...more,
    seal: start => {
      seal = new LedSeal(start)
      return seal
    },
  }
  const node = await LedgerNode.open(options)
  if (seal === null) throw new Error('no seal was made')
  return { node, seal, clock, options }
}

interface Made {
  readonly block: Block
  readonly state: LedgerState
  readonly headers: readonly ReadHeader[]
}

/** Makes blocks on any block that it made. */
export class Mint {
  readonly #made = new Map<string, Made>()
  readonly zero: Block

  constructor(of: Genesis = genesis) {
    this.zero = genesisBlock(of)
    this.#made.set(encodeHex(this.zero.header.id), {
      block: this.zero,
      state: genesisState(of),
      headers: [this.zero.header],
    })
  }

  /** `difficulty` is the weight of the block. */
  async block(
    parent: Block,
    records: readonly LedgerRecord[] = [],
    difficulty = 1n,
    salt = 0n,
  ): Promise<Block> {
    const on = this.#made.get(encodeHex(parent.header.id))
    if (on === undefined) throw new Error('this block is of another mint')
    const timestamp = parent.header.timestamp + 1n
    const extra = new Uint8Array(40)
    new DataView(extra.buffer).setBigUint64(0, salt)
    const seal = { difficulty, sealer: new Uint8Array(32), extra }
    const draft = await draftBlock({
      state: on.state,
      parents: on.headers.slice(0, 11),
      timestamp,
      seal,
      pool: records,
    })
    if (draft.records.length !== records.length)
      throw draft.refused[0]?.error ?? new Error('a record was left')
    const block = blockOf(headerOf(draft.header), rightSeal, draft.records)
    this.#made.set(encodeHex(block.header.id), {
      block,
      state: draft.state,
      headers: [block.header, ...on.headers],
    })
    return block
  }

  /** A block that a node made on one of these. */
  async adopt(bytes: Uint8Array): Promise<Block> {
    const block = decodeBlock(bytes)
    const on = this.#made.get(encodeHex(block.header.previous))
    if (on === undefined) throw new Error('this block stands on one of another mint')
    const { state } = await applyBlock(on.state, on.headers.slice(0, 11), block)
    this.#made.set(encodeHex(block.header.id), { block, state, headers: [block.header, ...on.headers] })
    return block
  }

  /** So many empty blocks, one on the other. */
  async chain(parent: Block, count: number, difficulty = 1n, salt = 0n): Promise<readonly Block[]> {
    const blocks: Block[] = []
    for (let i = 0; i < count; i++)
      blocks.push(await this.block(blocks.at(-1) ?? parent, [], difficulty, salt))
    return blocks
  }
}

export async function receiveAll(node: LedgerNode, blocks: readonly Block[]): Promise<void> {
  for (const { bytes } of blocks) await node.receive(bytes)
}

/** A node as another sees it. */
export function peerOf(node: LedgerNode): LedgerPeer {
  return {
    tip: async () => node.tip,
    headers: (from, limit) => node.headers(from, limit),
    block: id => node.block(id),
    evidence: async () => node.evidence(),
    pending: async () => node.pending().map(({ bytes }) => bytes),
  }
}

export const hex = (
  block: { readonly id: Uint8Array } | { readonly header: { readonly id: Uint8Array } },
): string => encodeHex('id' in block ? block.id : block.header.id)

/** Logs in memory that a process which starts again finds as they were. */
export class Disk {
  readonly records: Uint8Array[] = []
  /** What the next append is refused with, or lets pass. */
  before: () => void = () => undefined

  open(): AppendLog {
    const log = memoryLog(this.records)
    const append = async (records: readonly Uint8Array[]): Promise<number> => {
      this.before()
      const first = await log.appendAll(records)
      for (const record of records) this.records.push(Uint8Array.from(record))
      return first
    }
    return {
      get length() {
        return log.length
      },
      append: record => append([record]),
      appendAll: append,
      read: from => log.read(from),
      close: () => log.close(),
    }
  }
}

/** Refuses a write when it is told to, as a whole. */
export function failing(index: LedgerIndex): LedgerIndex & { fails: (writes: number) => boolean } {
  let writes = 0
  const faulty = {
    fails: (_writes: number): boolean => false,
    write: async (change: Parameters<LedgerIndex['write']>[0]): Promise<void> => {
      if (faulty.fails(writes++)) throw new Error('disk full')
      return index.write(change)
    },
    node: (hash: Uint8Array) => index.node(hash),
    nodes: (hashes: readonly Uint8Array[]) => index.nodes(hashes),
    block: (id: Uint8Array) => index.block(id),
    blocksFrom: (height: bigint, limit: number) => index.blocksFrom(height, limit),
    followed: (height: bigint, limit: number) => index.followed(height, limit),
    record: (txid: Uint8Array) => index.record(txid),
    note: (name: string) => index.note(name),
    notes: (prefix: string) => index.notes(prefix),
    head: () => index.head(),
    clear: () => index.clear(),
  }
  return faulty
}
