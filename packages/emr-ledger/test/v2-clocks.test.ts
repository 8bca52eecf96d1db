/** A sequencer's clock that jumps: what it can do to others, and how it is set right again. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { memoryLog } from '@chartseal/core/memory'
import {
  ed25519Signer,
  encodeGenesis,
  type Genesis,
  type HeaderLog,
  LedgerNode,
  medianTimePast,
  memoryIndex,
  openSeal,
  type Roster,
} from '@chartseal/emr-ledger'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { doctor, peerOf, people, pharmacy, registrar, scribeOf } from './v2-node-world.js'
import { bytes32, genesisOf, rosterOf } from './v2-world.js'

const year = 365 * 86_400
const logKey = new SigningKey(bytes32(77))
const genesis: Genesis = {
  ...genesisOf(people),
  seal: { kind: 'tlog', origin: 'a.example/l', logKey: verifyingKeyOf(logKey), witnesses: [], quorum: 0 },
}

/** A log whose checkpoints nobody asks for. */
function leafLog(): HeaderLog {
  const leaves: Uint8Array[] = []
  return {
    get size() {
      return leaves.length
    },
    append: async leaf => void leaves.push(leaf),
    prove: async () => null,
  }
}

async function nodeOf(startMs: number, seals: boolean, otherClocks?: () => readonly bigint[]) {
  const clock = fixedClock(startMs)
  const node = await LedgerNode.open({
    genesis: encodeGenesis(genesis),
    blocks: memoryLog(),
    index: memoryIndex(),
    clock,
    ...(otherClocks === undefined ? {} : { otherClocks }),
    seal: start =>
      openSeal({ ...start, tools: seals ? { signer: ed25519Signer(logKey), log: leafLog() } : {} }),
  })
  return { node, clock }
}

async function sequencerAndReader() {
  const [sequencer, reader] = [await nodeOf(1_001_000, true), await nodeOf(1_001_000, false)]
  const scribe = scribeOf(genesis)
  const seal = async (bytes: Uint8Array): Promise<void> => {
    await sequencer.node.submit(bytes)
    expect(await sequencer.node.tick()).not.toBeNull()
  }
  const prescribe = (): Promise<void> => seal(scribe.prescribe(doctor, { validUntil: 5_000n }).bytes)
  const sync = () => reader.node.syncWith(peerOf(sequencer.node))
  return { sequencer, reader, scribe, seal, prescribe, sync }
}

const setBack = (height: bigint, time: bigint, number = 2n): Roster => ({
  ...rosterOf(people, number),
  clock: { height, time },
})

describe('a sequencer whose clock jumps a year ahead', () => {
  it('moves no time that counts with five blocks, and stops nobody', async () => {
    const { sequencer, reader, scribe, seal, prescribe, sync } = await sequencerAndReader()
    const old = scribe.prescribe(doctor, { validUntil: 5_000n })
    await seal(old.bytes)
    sequencer.clock.advance(year * 1_000)
    for (let i = 0; i < 5; i++) await prescribe()
    expect(sequencer.node.tip.timestamp).toBeGreaterThan(BigInt(year))
    await sync()
    expect(reader.node.tip).toEqual(sequencer.node.tip)
    sequencer.clock.advance(-year * 1_000)
    await seal(scribe.dispense(pharmacy, old, 1).bytes)
    expect(sequencer.node.tip.timestamp).toBe(1_001n)
    await sync()
    expect(await reader.node.prescription(old.txid)).toMatchObject({
      isExpired: false,
      state: { dispensed: 1 },
    })
  })

  it('gives nothing out by that clock, and gives up nothing that waits', async () => {
    const { sequencer, scribe, seal } = await sequencerAndReader()
    const old = scribe.prescribe(doctor, { validUntil: 5_000n })
    await seal(old.bytes)
    const dispensing = scribe.dispense(pharmacy, old, 1)
    await sequencer.node.submit(dispensing.bytes)
    sequencer.clock.advance(year * 1_000)
    expect(await sequencer.node.tick()).toBeNull()
    expect(await sequencer.node.record(dispensing.txid)).toMatchObject({ kind: 'pending', isReady: false })
    sequencer.clock.advance(-year * 1_000)
    expect(await sequencer.node.tick()).not.toBeNull()
    expect(await sequencer.node.record(dispensing.txid)).toMatchObject({ kind: 'sealed' })
  })

  it('is refused by others from the sixth block on, until registrars have set its clock back', async () => {
    const { sequencer, reader, scribe, seal, prescribe, sync } = await sequencerAndReader()
    const old = scribe.prescribe(doctor, { validUntil: 5_000n })
    await seal(old.bytes)
    sequencer.clock.advance(year * 1_000)
    for (let i = 0; i < 7; i++) await prescribe()
    expect(await codeOf(sync)).toBe('ledger/early')
    expect(reader.node.tip.height).toBe(6n)
    // A peer that calls a block of before the newest one shows nothing by it.
    const liar = { ...peerOf(sequencer.node), tip: async () => ({ id: bytes32(9), height: 1n }) }
    expect(await codeOf(() => reader.node.syncWith(liar))).toBe('ledger/early')
    expect(reader.node.tip.height).toBe(6n)
    // The clock alone does not help any more: no block may be below the median.
    sequencer.clock.advance(-year * 1_000)
    await sequencer.node.submit(scribe.prescribe(doctor).bytes)
    expect(await codeOf(() => sequencer.node.tick())).toBe('ledger/early')
    const { height } = sequencer.node.tip
    await sequencer.node.submit(scribe.roster(registrar, setBack(height, 1_001n)).bytes)
    expect(await sequencer.node.tick()).not.toBeNull()
    expect(await codeOf(sync)).toBe('ledger/early')
    await seal(scribe.dispense(pharmacy, old, 1).bytes)
    expect(sequencer.node.tip.timestamp).toBe(1_001n)
    await sync()
    expect(reader.node.tip).toEqual(sequencer.node.tip)
    expect(await reader.node.prescription(old.txid)).toMatchObject({
      isExpired: false,
      state: { dispensed: 1 },
    })
  })

  it('seals nothing while most other clocks say that it is wrong', async () => {
    let others: readonly bigint[] = [1_001n, 1_300n, BigInt(year) + 1_001n]
    const { node, clock } = await nodeOf(1_001_000, true, () => others)
    const scribe = scribeOf(genesis)
    const { bytes } = scribe.prescribe(doctor)
    await node.submit(bytes)
    clock.advance(year * 1_000)
    expect(await codeOf(() => node.tick())).toBe('ledger/clock')
    others = [1_001n, BigInt(year) + 1_001n]
    expect(await node.tick()).not.toBeNull()
    clock.advance(-year * 1_000)
    await node.submit(scribe.prescribe(doctor).bytes)
    others = [5_000n]
    expect(await codeOf(() => node.tick())).toBe('ledger/clock')
    others = []
    expect(await node.tick()).not.toBeNull()
  })
})

describe('a roster that sets the clock back', () => {
  it('names blocks that are there, later ones than the roster before, and is not forgotten', async () => {
    const { sequencer, scribe, seal, prescribe } = await sequencerAndReader()
    await prescribe()
    const refused = (roster: Roster) =>
      codeOf(() => sequencer.node.submit(scribe.roster(registrar, roster).bytes))
    expect(await refused(setBack(2n, 1_000n))).toBe('ledger/roster-clock')
    const again = scribeOf(genesis)
    await seal(again.roster(registrar, setBack(1n, 1_000n)).bytes)
    const code = (roster: Roster) =>
      codeOf(() => sequencer.node.submit(again.roster(registrar, roster).bytes))
    expect(await code(setBack(1n, 1_500n, 3n))).toBe('ledger/roster-clock')
    expect(await codeOf(() => encodeGenesis({ ...genesis, roster: setBack(0n, 1n, 1n) }))).toBe(
      'ledger/roster-clock',
    )
  })
})

describe('the median time past', () => {
  it('lies between the right times whatever five of eleven clocks say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1_000n, max: 1_100n }), { minLength: 6, maxLength: 11 }),
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 5 }),
        fc.integer({ min: 0, max: 10 }),
        (right, wrong, at) => {
          const oldest = right.at(-1) ?? 0n
          const mixed = [...right.slice(0, at), ...wrong, ...right.slice(at, -1)].slice(0, 10)
          const headers = [...mixed, oldest].map((timestamp, i) => ({ timestamp, height: BigInt(20 - i) }))
          const median = medianTimePast(headers)
          expect(median >= 1_000n && median <= 1_100n).toBe(true)
        },
      ),
      propertyRuns(100),
    )
  })
})
