/** Proof of work: what is refused, what is mined, and how difficulties follow the hash rate. */
import { toBigIntBE } from '@chartseal/core/bytes'
import {
  checkFinality,
  decodeTrust,
  encodeTrust,
  firstTrust,
  type Genesis,
  genesisBlock,
  type Header,
  headerOf,
  Miner,
  nextDifficulty,
  openSeal,
  type PowRule,
  type ReadHeader,
  type SealedHeader,
  type SealKeeper,
  type SealMemory,
  sealJudge,
  type WorkStep,
} from '@chartseal/emr-ledger'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { person, genesis as someGenesis } from './v2-people.js'
import { Notes } from './v2-seal-network.js'

const rule: PowRule = { kind: 'pow', firstDifficulty: 64n, blockSeconds: 60, window: 20 }
const genesis: Genesis = { ...someGenesis, seal: rule }
const block0 = genesisBlock(genesis).header
const judge = sealJudge(genesis, block0)
const { kid } = person(61, 'Ed25519', ['sealer']).member
const miner = new Miner({ startWorker: () => null })

const open = (base: { header: ReadHeader; memory: Uint8Array } | null = null): Promise<SealKeeper> =>
  openSeal({ genesis, block0, base, notes: new Notes(), tools: { miner, sealer: kid } })

function draftOn(keeper: SealKeeper, below: ReadHeader, nowSeconds: bigint): Header {
  const turn = keeper.turn(nowSeconds, below.id, true)
  if (turn === null) throw new Error('it must be its turn')
  const { parent, ...fields } = turn
  const [recordsRoot, stateRoot] = [new Uint8Array(32), new Uint8Array(32)]
  const link = { ledger: block0.ledger, height: below.height + 1n, previous: parent }
  return { ...fields, ...link, recordsRoot, stateRoot, nonce: 0n }
}

async function mine(keeper: SealKeeper, below: ReadHeader, nowSeconds: bigint): Promise<SealedHeader> {
  const block = await keeper.seal(draftOn(keeper, below, nowSeconds))
  keeper.check(block)
  keeper.add(block, genesis.roster)
  return block
}

describe('proof of work', () => {
  it('is searched by the miner of version 1, and checked by the hash of the header', async () => {
    const keeper = await open()
    const { header, seal } = await mine(keeper, block0, genesis.timestamp + 60n)
    expect(toBigIntBE(header.id) <= 2n ** 256n / 64n).toBe(true)
    expect(seal.length).toBe(0)
    expect(keeper.weight(header.id)).toBe(64n)
  })

  it('refuses headers that are not what the rule asks for', async () => {
    const { header } = await mine(await open(), block0, genesis.timestamp + 60n)
    const refusal = (change: Partial<Header>, seal = new Uint8Array()): Promise<string> =>
      codeOf(() => judge.check({ header: headerOf({ ...header, ...change }), seal }, judge.begin()))
    expect(await refusal({})).toBe('accepted')
    expect(await refusal({ timestamp: genesis.timestamp })).toBe('ledger/seal-header')
    expect(await refusal({ height: 2n })).toBe('ledger/seal-header')
    expect(await refusal({ difficulty: 63n })).toBe('ledger/seal-header')
    expect(await refusal({ extra: new Uint8Array(40).fill(1) })).toBe('ledger/seal-header')
    expect(await refusal({}, Uint8Array.of(0))).toBe('ledger/seal-encoding')
    const wrong = [1n, 2n, 3n, 4n].map(more => refusal({ nonce: header.nonce + more }))
    expect(await Promise.all(wrong)).toContain('ledger/seal-work')
  })

  it('refuses a block that is twelve block times ahead, for now', async () => {
    const header = { timestamp: genesis.timestamp + 721n }
    expect(await codeOf(() => judge.checkTime(header, genesis.timestamp))).toBe('ledger/early')
    judge.checkTime(header, genesis.timestamp + 1n)
  })

  it('follows the chain with more work, and goes on after a restart', async () => {
    const keeper = await open()
    let below = block0
    const blocks: SealedHeader[] = []
    for (let i = 1n; i <= 24n; i++) {
      const block = await mine(keeper, below, genesis.timestamp + 40n * i)
      blocks.push(block)
      below = block.header
    }
    expect(below.difficulty).toBeGreaterThan(64n)
    const base = blocks[11]?.header ?? block0
    keeper.rebase(base.id)
    expect(keeper.has(block0.id)).toBe(false)
    const again = await open({ header: base, memory: keeper.memory(base.id) })
    for (const block of blocks.slice(12)) {
      again.check(block)
      again.add(block, genesis.roster)
    }
    expect(again.weight(below.id)).toBe(keeper.weight(below.id))
    expect(again.final.id).toEqual(base.id)
    expect(again.turn(genesis.timestamp, below.id, false)).toBeNull()
    const broken = open({ header: base, memory: Uint8Array.of(1) })
    expect(await codeOf(() => broken)).toBe('ledger/seal-memory')
  })

  it('gives up a search when it is told to', async () => {
    const keeper = await open()
    const header = { ...draftOn(keeper, block0, genesis.timestamp), difficulty: 2n ** 100n }
    const reason = new Error('another block came')
    await expect(keeper.seal(header, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('makes nothing final, and has nothing to say beside the blocks', async () => {
    const keeper = await open()
    expect([keeper.finality(), keeper.messages(), keeper.trail(), keeper.offences]).toEqual([
      null,
      [],
      [],
      [],
    ])
    expect(await codeOf(() => keeper.take(new Uint8Array()))).toBe('ledger/message')
    const trust = firstTrust({ genesis, block0 })
    expect(decodeTrust(encodeTrust(trust), 'pow')).toEqual(trust)
    expect(await codeOf(() => checkFinality({ genesis, block0 }, trust, new Uint8Array()))).toBe(
      'ledger/finality',
    )
    expect(await codeOf(() => decodeTrust(new Uint8Array(), 'pow'))).toBe('ledger/finality')
  })

  it('builds nothing on what it does not keep, and takes no memory of another seal', async () => {
    const keeper = await open()
    expect(() => keeper.weight(kid)).toThrow(RangeError)
    const memory: SealMemory = { kind: 'tlog', height: 0n }
    expect(() => judge.check({ header: block0, seal: new Uint8Array() }, memory)).toThrow(TypeError)
  })
})

/** Blocks with so many seconds between them. */
function stepsOf(times: readonly number[], difficulty = 64n): readonly WorkStep[] {
  let now = 1_000_000n
  return times.map(seconds => {
    now += BigInt(seconds)
    return { timestamp: now, difficulty }
  })
}

const times = fc.array(fc.integer({ min: -4_000, max: 8_000 }), { minLength: 1, maxLength: 40 })

describe('retargeting', () => {
  it('leaves a difficulty that is right', () => {
    expect(nextDifficulty(rule, [])).toBe(64n)
    expect(nextDifficulty(rule, stepsOf(Array(5).fill(60)))).toBe(64n)
    expect(nextDifficulty(rule, stepsOf(Array(40).fill(60)))).toBe(64n)
  })

  it('doubles what took half of the time, and halves what took twice', () => {
    expect(nextDifficulty(rule, stepsOf(Array(40).fill(30)))).toBe(128n)
    expect(nextDifficulty(rule, stepsOf(Array(40).fill(120)))).toBe(32n)
  })

  it('moves by ten times at most in a window, whatever the timestamps say', () => {
    fc.assert(
      fc.property(times, seconds => {
        const next = nextDifficulty(rule, stepsOf(seconds, 1_000_000n))
        expect(next).toBeGreaterThanOrEqual(1n)
        expect(next).toBeLessThanOrEqual(10_000_000n)
      }),
      propertyRuns(),
    )
  })

  it('gets over one timestamp that is a lie', () => {
    const honest = stepsOf(Array(40).fill(60))
    const lie = (ahead: bigint): readonly WorkStep[] =>
      honest.map((step, i) => (i === 30 ? { ...step, timestamp: step.timestamp + ahead } : step))
    for (const ahead of [-7_200n, -600n, 600n, 7_200n]) {
      const next = nextDifficulty(rule, lie(ahead))
      expect(next).toBeGreaterThan(48n)
      expect(next).toBeLessThan(80n)
    }
  })

  it('stays within what 128 bits hold, and above zero', () => {
    const most = 2n ** 128n - 1n
    expect(nextDifficulty(rule, stepsOf(Array(40).fill(1), most))).toBe(most)
    expect(nextDifficulty(rule, stepsOf(Array(40).fill(8_000), 1n))).toBe(1n)
    expect(nextDifficulty({ ...rule, window: 1, blockSeconds: 1 }, stepsOf([1, 0], 5n))).toBe(5n)
  })
})
