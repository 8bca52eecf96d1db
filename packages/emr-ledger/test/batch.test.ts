import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { memoryLog } from '@chartseal/core/memory'
import {
  applyBlock,
  type Block,
  type ChainTip,
  DoctorKey,
  decodeBlock,
  encodeBlock,
  type LedgerState,
  openChain,
  verifyLink,
} from '@chartseal/emr-ledger/v1'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { mined, records } from './helpers.js'

const doctor = DoctorKey.generate()
const chain: Block[] = []

beforeAll(async () => {
  let nonce = 0n
  for (const [height, count] of [2, 0, 3, 1, 0].entries()) {
    const previous = chain.at(-1)?.blockId ?? new Uint8Array(32)
    chain.push(
      await mined({
        height: BigInt(height),
        previous,
        records: records(doctor, count, nonce),
        difficulty: 3n,
      }),
    )
    nonce += BigInt(count)
  }
})

/** An engine that says what it hashes. */
function watched(engine: Engine): { engine: Engine; batches: number[]; single: () => number } {
  const batches: number[] = []
  let single = 0
  return {
    batches,
    single: () => single,
    engine: {
      ...engine,
      sha256(message) {
        single++
        return engine.sha256(message)
      },
      sha256Many(messages) {
        batches.push(messages.length)
        return engine.sha256Many(messages)
      },
    },
  }
}

async function opened(entries: readonly Uint8Array[], engine: Engine): Promise<unknown> {
  try {
    return (await openChain(memoryLog(entries), { engine })).state
  } catch (error) {
    return error instanceof ChartsealError ? error.context : error
  }
}

/** Each block read and verified by itself, with no engine at all. */
function oneByOne(entries: readonly Uint8Array[]): unknown {
  let state: LedgerState = new Map()
  let tip: ChainTip | null = null
  for (const [height, entry] of entries.entries()) {
    try {
      const block: Block = decodeBlock(entry)
      verifyLink(tip, block)
      state = applyBlock(state, block)
      tip = block
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      return { height: BigInt(height), cause: error.code, reason: error.message }
    }
  }
  return state
}

describe.each([createWasmEngine(), createWasmEngine({ simd: false }), createJsEngine()])(
  'a chain that is opened with the $name engine',
  base => {
    it('hashes all its transactions in one batch and all its headers in another', async () => {
      const { engine, batches, single } = watched(base)
      expect(await opened(chain.map(encodeBlock), engine)).toEqual(oneByOne(chain.map(encodeBlock)))
      expect(batches).toEqual([6, 5])
      expect(single()).toBe(0)
    })

    it('believes its batches: a wrong digest is a wrong block', async () => {
      const entries = chain.map(encodeBlock)
      const lying = (wrong: number): Engine => {
        let batch = 0
        return {
          ...base,
          sha256Many(messages) {
            const digests = base.sha256Many(messages)
            if (batch++ === wrong) digests[3] = new Uint8Array(32)
            return digests
          },
        }
      }
      expect(await opened(entries, lying(0))).toMatchObject({ height: 2n, cause: 'ledger/block-id' })
      expect(await opened(entries, lying(1))).toMatchObject({ height: 3n, cause: 'ledger/block-id' })
      const short = { ...base, sha256Many: () => [] }
      expect(await opened(entries, short)).toMatchObject({ message: 'internal: a digest is missing' })
    })

    it('gives the verdicts that blocks one by one give, whatever is changed', async () => {
      const change = fc.record({
        at: fc.nat(4),
        position: fc.nat(4_000),
        flip: fc.integer({ min: 1, max: 255 }),
        also: fc.constantFrom('nothing', 'drop', 'repeat', 'cut', 'swap'),
      })
      await fc.assert(
        fc.asyncProperty(change, async ({ at, position, flip, also }) => {
          const entries = chain.map(encodeBlock)
          const entry = entries[at] ?? new Uint8Array()
          const place = position % entry.length
          entry[place] = (entry[place] ?? 0) ^ flip
          if (also === 'drop') entries.splice((at + 2) % 5, 1)
          if (also === 'repeat') entries.splice(at, 0, entry)
          if (also === 'cut') entries[at] = entry.subarray(0, place)
          if (also === 'swap') entries.reverse()
          expect(await opened(entries, base)).toEqual(oneByOne(entries))
        }),
        propertyRuns(60, 15),
      )
    })
  },
)

describe('what a batch cannot hash', () => {
  it.each<[string, (block: Block) => Block]>([
    ['ledger/too-many-records', block => ({ ...block, records: Array(26).fill(block.records[0]) })],
    [
      'ledger/number-range',
      block => ({ ...block, timestamp: 2n ** 64n - 1n, nonce: 2n ** 64n - 1n, height: 0n }),
    ],
    ['ledger/difficulty-range', block => ({ ...block, difficulty: 0n })],
    ['ledger/field-length', block => ({ ...block, miner: new Uint8Array(3) })],
  ])(
    'refuses a block that a batch cannot hash as it refuses one block by itself: %s',
    async (code, change) => {
      const entries = [encodeBlock(change(chain[0] ?? (await mined())))]
      const verdict = await opened(entries, createWasmEngine())
      expect(verdict).toEqual(oneByOne(entries))
      if (code !== 'ledger/number-range') expect(verdict).toMatchObject({ cause: code })
    },
  )
})

describe('a long chain', () => {
  it('reads a long chain some hundred blocks at a time', async () => {
    const entries: Uint8Array[] = []
    let previous = new Uint8Array(32)
    for (let height = 0n; height < 600n; height++) {
      const block = await mined({ height, previous, difficulty: 1n })
      entries.push(encodeBlock(block))
      previous = Uint8Array.from(block.blockId)
    }
    const { engine, batches } = watched(createWasmEngine())
    expect(await opened(entries, engine)).toEqual(new Map())
    expect(batches).toEqual([0, 256, 0, 256, 0, 88])
    const last = entries[599] ?? new Uint8Array()
    last[60] = (last[60] ?? 0) ^ 1
    expect(await opened(entries, engine)).toEqual(oneByOne(entries))
  })
})
