import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  type Block,
  blockOf,
  headerOf,
  type LedgerIndex,
  type LedgerRecord,
  memoryIndex,
} from '@chartseal/emr-ledger'
import { runsOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  Disk,
  doctor,
  failing,
  hex,
  Mint,
  openNode,
  otherDoctor,
  otherPharmacy,
  peerOf,
  pharmacy,
  scribeOf,
  type World,
} from './v2-node-world.js'
import { order, type Person, salt16, signed } from './v2-world.js'

/** Numbers that are always the same for one seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A node with its disk, which outlives it. */
interface Machine {
  readonly disk: Disk
  readonly index: ReturnType<typeof failing>
  world: World
  /** Records that it acknowledged. */
  readonly told: LedgerRecord[]
  final: bigint
}

const doctors = [doctor, otherDoctor]
const pharmacies = [pharmacy, otherPharmacy]
const { ledger } = scribeOf()

/** Every node of a state is in the index: docs/spec/ledger-v2.md, "State tree". */
async function whole(index: LedgerIndex, hash: Uint8Array): Promise<void> {
  if (hash.every(byte => byte === 0)) return
  const bytes = await index.node(hash)
  expect(bytes, 'a node of the state').not.toBeNull()
  if (bytes === null || bytes[0] === 0) return
  await whole(index, bytes.subarray(1, 33))
  await whole(index, bytes.subarray(33))
}

/** Everything that can happen to three nodes, one thing after the other. */
class Storm {
  readonly draw: (below: number) => number
  readonly mint = new Mint()
  readonly blocks: Block[] = [this.mint.zero]
  readonly records: LedgerRecord[] = []
  readonly machines: Machine[] = []
  readonly #adopted = new WeakSet<Uint8Array>()
  /** What the seal calls final, for everybody. */
  final: Block = this.mint.zero

  constructor(seed: number) {
    this.draw = numbers(seed)
  }

  async start(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      const [disk, index] = [new Disk(), failing(memoryIndex())]
      const world = await openNode({ blocks: disk.open(), index })
      this.machines.push({ disk, index, world, told: [], final: 0n })
    }
  }

  any<Item>(items: readonly Item[]): Item {
    const item = items[this.draw(items.length)]
    if (item === undefined) throw new Error('nothing to draw from')
    return item
  }

  /** A record that may be right somewhere, or nowhere. */
  record(): LedgerRecord {
    const by: Person = this.any([...doctors, ...pharmacies])
    const head = { ledger, signer: by.kid, seq: BigInt(1 + this.draw(4)), authoredOn: BigInt(this.draw(9)) }
    const prescriptions = this.records.filter(({ claims }) => claims.kind === 'prescribe')
    if (prescriptions.length === 0 || (doctors.includes(by) && this.draw(3) > 0)) {
      return signed({ kind: 'prescribe', ...head, ...order, quantity: 1 + this.draw(3) }, by)
    }
    const prescription = this.any(prescriptions).txid
    const changes = this.records.filter(
      ({ claims }) => 'prescription' in claims && encodeHex(claims.prescription) === encodeHex(prescription),
    )
    const previous = this.draw(2) === 0 || changes.length === 0 ? prescription : this.any(changes).txid
    const change = { ...head, prescription, previous }
    return doctors.includes(by)
      ? signed({ kind: 'cancel', ...change }, by)
      : signed({ kind: 'dispense', ...change, quantity: 1 + this.draw(2), salt: salt16 }, by)
  }

  async mintBlock(): Promise<void> {
    const parent = this.any(this.blocks.slice(-12))
    const wanted = this.draw(2) === 0 ? [] : [this.any([...this.records, this.newRecord()])]
    const salt = BigInt(this.draw(2 ** 30))
    const difficulty = BigInt(1 + this.draw(3))
    const block = await this.mint
      .block(parent, wanted, difficulty, salt)
      .catch(() => this.mint.block(parent, [], difficulty, salt))
    this.blocks.push(block)
  }

  newRecord(): LedgerRecord {
    const record = this.record()
    this.records.push(record)
    return record
  }

  /** What the ledger's own errors say is an answer; everything else is a fault of the node. */
  async ask(step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step()
      return true
    } catch (error) {
      const isAnswer =
        error instanceof ChartsealError || (error instanceof Error && error.message === 'disk full')
      if (!isAnswer) throw error
      return false
    }
  }

  async lie({ world: { node } }: Machine): Promise<void> {
    const { header, seal, records } = this.any(this.blocks.slice(-12))
    const other = this.any(this.blocks)
    const lies = [
      () => blockOf(header, Uint8Array.of(1), records),
      () => blockOf(header, seal, other.records),
      () => blockOf(headerOf({ ...header, stateRoot: other.header.stateRoot }), seal, records),
      () => blockOf(headerOf({ ...header, previous: other.header.id }), seal, records),
      () => blockOf(headerOf({ ...header, height: header.height + 1n }), seal, records),
    ]
    await this.ask(() => node.receive(this.any(lies)().bytes))
  }

  /** The process dies, perhaps in the middle of a write of its index. */
  async crash(machine: Machine): Promise<void> {
    const { disk, index } = machine
    if (this.draw(2) === 0) {
      index.fails = () => true
      await this.ask(() => machine.world.node.receive(this.any(this.blocks.slice(-12)).bytes))
    }
    index.fails = () => false
    if (this.draw(8) === 0) await index.clear()
    machine.world = await openNode({ blocks: disk.open(), index })
    // The seal of these tests has no memory of its own: whoever starts again is told.
    if (machine.final > 0n) await machine.world.node.vote(this.blockAt(machine.final).header.id)
  }

  /** On the chain that is final for everybody. */
  blockAt(height: bigint): Block {
    let at = this.final
    while (at.header.height > height) at = this.parentOf(at)
    return at
  }

  parentOf({ header }: Block): Block {
    const parent = this.blocks.find(block => hex(block) === encodeHex(header.previous))
    if (parent === undefined) throw new Error('a block without its parent')
    return parent
  }

  /** The seal makes one block more final: any that stands on what is final. */
  finalise(): void {
    const children = this.blocks.filter(({ header }) => encodeHex(header.previous) === hex(this.final))
    if (children.length > 0) this.final = this.any(children)
  }

  async step(): Promise<void> {
    const machine = this.any(this.machines)
    const { node } = machine.world
    const kind = this.draw(100)
    if (kind < 25) await this.mintBlock()
    else if (kind < 55) await this.ask(() => node.receive(this.any(this.blocks.slice(-16)).bytes))
    else if (kind < 68) {
      const record = this.draw(3) === 0 && this.records.length > 0 ? this.any(this.records) : this.newRecord()
      if (await this.ask(() => node.submit(record.bytes))) machine.told.push(record)
    } else if (kind < 74) await this.lie(machine)
    else if (kind < 80) await this.ask(() => node.tick())
    else if (kind < 88) await this.ask(() => node.syncWith(peerOf(this.any(this.machines).world.node)))
    else if (kind < 91) this.finalise()
    else if (kind < 95) await this.ask(() => node.vote(this.final.header.id))
    else if (kind < 98) await this.crash(machine)
    else machine.index.fails = machine.index.fails(0) ? () => false : () => true
    await this.adopt(machine)
    await this.check(machine)
  }

  /** What a node sealed is a block like any other from now on, and so is a lie that was none. */
  async adopt({ disk }: Machine): Promise<void> {
    for (const bytes of disk.records) {
      if (this.#adopted.has(bytes)) continue
      this.#adopted.add(bytes)
      const block = await this.mint.adopt(bytes)
      if (!this.blocks.some(one => hex(one) === hex(block))) this.blocks.push(block)
    }
  }

  async check(machine: Machine): Promise<void> {
    const { node, seal } = machine.world
    const { final } = node
    expect(final.height >= machine.final).toBe(true)
    machine.final = final.height
    if (final.height <= this.final.header.height) expect(hex(final)).toBe(hex(this.blockAt(final.height)))
    if (machine.index.fails(0)) return
    // Whatever is asked first makes the index good.
    await node.nextSeq(doctor.kid)
    const weights = this.blocks
      .filter(({ header }) => seal.has(header.id))
      .map(({ header }) => seal.weight(header.id))
    expect(weights.every(weight => weight <= seal.weight(node.tip.id))).toBe(true)
  }

  /** Slow: the whole chain of a node by its own account, and everything that it acknowledged. */
  async audit({ world: { node }, told, index }: Machine): Promise<void> {
    if (index.fails(0)) return
    for (const id of [node.tip.id, node.final.id]) {
      const block = await index.block(id)
      if (block !== null) await whole(index, block.header.stateRoot)
    }
    const dispensed = new Map<string, number>()
    const quantities = new Map<string, number>()
    for (const { header } of await node.headers(0n, 512)) {
      const block = this.blocks.find(one => encodeHex(one.header.bytes) === encodeHex(header))
      for (const { claims, txid } of block?.records ?? []) {
        if (claims.kind === 'prescribe') quantities.set(encodeHex(txid), claims.quantity)
        if (claims.kind !== 'dispense') continue
        const key = encodeHex(claims.prescription)
        dispensed.set(key, (dispensed.get(key) ?? 0) + claims.quantity)
      }
    }
    for (const [key, units] of dispensed) expect(units).toBeLessThanOrEqual(quantities.get(key) ?? 0)
    for (const record of told) {
      const { txid, claims } = record
      const status = await node.record(txid)
      // Another of the same number was sealed, or has taken its place because this one could not be.
      const isOver = claims.seq < (await node.nextSeq(claims.signer))
      expect(status !== null || isOver).toBe(true)
    }
  }

  /** The storm is over. */
  async settle(): Promise<void> {
    for (const machine of this.machines) machine.index.fails = () => false
    for (let i = 0; i < 3; i++) {
      for (const { world } of this.machines) {
        for (const other of this.machines) await this.ask(() => world.node.syncWith(peerOf(other.world.node)))
        await this.ask(() => world.node.vote(this.final.header.id))
      }
    }
    const [first] = this.machines
    if (first === undefined) return
    await this.ask(() => first.world.node.vote(first.world.node.tip.id))
    const last = first.world.node.final
    for (const { world } of this.machines) {
      await this.ask(() => world.node.syncWith(peerOf(first.world.node)))
      expect(hex(world.node.final)).toBe(hex(last))
    }
  }
}

const isLong = process.env['SLOW'] === '1'
const stepsOfStorm = 300
const storms = isLong ? 34 : runsOf(20, 4)
const firstSeed = Number(process.env['FC_SEED'] ?? 1)
/** 10⁵ steps under `SLOW=1`. */
const parts = Array.from({ length: isLong ? 10 : 1 }, (_, i) => firstSeed + i * storms)

async function weather(seed: number): Promise<void> {
  const storm = new Storm(seed)
  await storm.start()
  for (let i = 0; i < stepsOfStorm; i++) {
    await storm.step()
    if (i % 50 === 49) for (const machine of storm.machines) await storm.audit(machine)
  }
  await storm.settle()
  for (const machine of storm.machines) await storm.audit(machine)
}

describe('nodes in a storm of forks, lies, crashes and full disks', () => {
  it.each(parts)(
    'never go below what is final, follow what is heaviest, dispense no unit twice, and forget nothing that they acknowledged (seed %i)',
    async seed => {
      for (let i = 0; i < storms; i++) await weather(seed + i)
    },
  )
})
