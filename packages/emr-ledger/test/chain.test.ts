import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCbor } from '@chartseal/core/encoding'
import { openLog, readLog } from '@chartseal/core/files'
import { memoryLog } from '@chartseal/core/memory'
import type { AppendLog } from '@chartseal/core/ports'
import {
  type Block,
  type Chain,
  chainLogKind,
  createRecord,
  DoctorKey,
  encodeBlock,
  hashKey,
  type LedgerRecord,
  mineBlock,
  openChain,
  readChain,
} from '@chartseal/emr-ledger/v1'
import { codeOf } from '@chartseal/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { collect, mined, miner, records } from './helpers.js'

const doctor = DoctorKey.generate()
const folder = mkdtempSync(join(tmpdir(), 'chartseal-chain-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function next(chain: Chain, content: readonly LedgerRecord[] = [], difficulty = 5n): Promise<Block> {
  const timestamp = 1_711_213_303n
  return (await mineBlock(chain.draft({ miner, records: content, timestamp, difficulty }))).block
}

/** Three blocks: one record, two records, none. */
async function grow(chain: Chain): Promise<void> {
  for (const count of [1, 2, 0]) {
    await chain.append(await next(chain, records(doctor, count, chain.nonceOf(doctor.doctorHash))))
  }
}

async function refusal(attempt: () => Promise<unknown>): Promise<unknown> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'context' in error ? error.context : error
  }
}

const places: readonly [string, (name: string) => Promise<AppendLog>][] = [
  ['memory', async () => memoryLog()],
  ['a file', async name => openLog(join(folder, name), { kind: chainLogKind })],
]

describe.each(places)('a chain in %s', (place, open) => {
  it('appends blocks, and gives them back', async () => {
    const chain = await openChain(await open('grows'))
    expect(chain.tip).toBeNull()
    expect(chain.length).toBe(0n)
    await grow(chain)
    expect(chain.tip?.height).toBe(2n)
    expect(chain.length).toBe(3n)
    expect(chain.nonceOf(doctor.doctorHash)).toBe(3n)
    const blocks = await collect(chain.blocks())
    expect(blocks.map(block => block.records.length)).toEqual([1, 2, 0])
    expect(await collect(chain.blocks(2n))).toEqual(blocks.slice(2))
    expect(await collect(chain.blocks(99n))).toEqual([])
    expect(await collect(chain.blocks(2n ** 64n))).toEqual([])
    expect(blocks[2]?.blockId).toEqual(chain.tip?.blockId)
    await chain.close()
  })

  it('takes concurrent blocks one by one, and refuses the second of a height', async () => {
    const chain = await openChain(await open('concurrent'))
    const [one, other] = [await next(chain), await next(chain, records(doctor, 1))]
    const outcomes = await Promise.allSettled([chain.append(one), chain.append(other)])
    expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected'])
    await chain.append(await next(chain))
    expect(chain.tip?.height).toBe(1n)
    await chain.close()
    expect(place).toBeTypeOf('string')
  })
})

describe('the records of a patient', () => {
  it("finds a patient's records with their place, and only theirs, in the order of the chain", async () => {
    const chain = await openChain(memoryLog())
    const [rosa, ben] = [hashKey(Uint8Array.of(1)), hashKey(Uint8Array.of(2))]
    const order = [rosa, ben, ben, rosa, rosa]
    const all = order.map((patientHash, i) =>
      createRecord(doctor, { patientHash, prescription: `Rx ${i}`, nonce: BigInt(i) + 1n }),
    )
    for (const content of [all.slice(0, 1), all.slice(1, 4), [], all.slice(4)]) {
      await chain.append(await next(chain, content))
    }
    const found = await collect(chain.recordsOf(rosa))
    expect(found.map(({ height, index, record }) => [height, index, record.prescription])).toEqual([
      [0n, 0, 'Rx 0'],
      [1n, 2, 'Rx 3'],
      [3n, 0, 'Rx 4'],
    ])
    expect(found.map(({ record }) => record)).toEqual([all[0], all[3], all[4]])
    expect(await collect(chain.recordsOf(hashKey(Uint8Array.of(3))))).toEqual([])
    expect(await codeOf(() => collect(chain.recordsOf(rosa.subarray(1))))).toBe('ledger/hash-length')
  })
})

describe('a chain that is read only', () => {
  it('shows the whole chain, and writes nothing', async () => {
    const log = memoryLog()
    const written = await openChain(log)
    await grow(written)
    const block = await next(written)
    const chain = await readChain({ read: from => log.read(from), close: () => log.close() })
    expect([chain.tip, chain.length, chain.state]).toEqual([written.tip, 3n, written.state])
    expect(await collect(chain.blocks(1n))).toEqual(await collect(written.blocks(1n)))
    const append = Reflect.get(chain, 'append')
    await expect(Reflect.apply(append, chain, [block])).rejects.toThrow(TypeError)
    expect(log.length).toBe(3)
    await chain.close()
  })

  it('reads a torn chain file without changing it, and reports the incomplete bytes', async () => {
    const path = join(folder, 'torn')
    const first = await openChain(await openLog(path, { kind: chainLogKind }))
    await grow(first)
    await first.close()
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, -20))
    chmodSync(path, 0o400)
    chmodSync(folder, 0o500)
    const log = await readLog(path, { kind: chainLogKind })
    const chain = await readChain(log)
    chmodSync(folder, 0o700)
    expect(chain.length).toBe(2n)
    expect(log.tornBytes).toBeGreaterThan(0)
    await chain.close()
    expect(readFileSync(path)).toEqual(whole.subarray(0, -20))
    expect(readdirSync(folder).filter(name => name.startsWith('torn'))).toEqual(['torn'])
  })
})

describe('a chain file', () => {
  it('verifies a chain file when it is opened again', async () => {
    const path = join(folder, 'again')
    const first = await openChain(await openLog(path, { kind: chainLogKind }))
    await grow(first)
    const { tip, state } = first
    await first.close()
    const second = await openChain(await openLog(path, { kind: chainLogKind }))
    expect(second.tip).toEqual(tip)
    expect(second.state).toEqual(state)
    await second.append(await next(second))
    expect(second.tip?.height).toBe(3n)
    await second.close()
  })
})

describe('what is not the next block', () => {
  it('refuses what is not the next block with its height and cause, and changes nothing', async () => {
    const log = memoryLog()
    const chain = await openChain(log, { expectedDifficulty: 5n })
    await grow(chain)
    const good = await next(chain)
    const attempts: readonly [string, Block][] = [
      ['ledger/height', { ...good, height: 9n }],
      ['ledger/previous', { ...good, previous: new Uint8Array(32) }],
      ['ledger/block-id', { ...good, timestamp: 1n }],
      ['ledger/block-record', await next(chain, records(doctor, 1))],
      ['ledger/other-difficulty', await next(chain, [], 6n)],
    ]
    for (const [cause, block] of attempts) {
      expect(await refusal(() => chain.append(block))).toMatchObject({ height: 3n, cause })
    }
    expect(chain.tip?.height).toBe(2n)
    expect(log.length).toBe(3)
    await chain.append(good)
  })
})

describe('a chain that is refused', () => {
  async function entries(): Promise<Uint8Array[]> {
    const log = memoryLog()
    await grow(await openChain(log))
    return collect(log.read())
  }
  const opened = (content: readonly Uint8Array[]): Promise<unknown> =>
    refusal(() => openChain(memoryLog(content)))

  it('names the first block that is wrong', async () => {
    const [a, b, c] = (await entries()) as [Uint8Array, Uint8Array, Uint8Array]
    expect(await opened([a, b, c])).toBe('accepted')
    expect(await opened([a, c])).toMatchObject({ height: 1n, cause: 'ledger/height' })
    expect(await opened([b])).toMatchObject({ height: 0n, cause: 'ledger/height' })
    expect(await opened([a, b, b])).toMatchObject({ height: 2n, cause: 'ledger/height' })
    const stranger = encodeBlock(await mined({ height: 1n, previous: new Uint8Array(32).fill(1) }))
    expect(await opened([a, stranger])).toMatchObject({ height: 1n, cause: 'ledger/previous' })
    expect(await opened([a, b, Uint8Array.of(0xa0)])).toMatchObject({ height: 2n, cause: 'ledger/entry' })
  })

  it('finds every flipped bit of an entry', async () => {
    const [a, b] = (await entries()) as [Uint8Array, Uint8Array]
    for (let i = 0; i < b.length; i += 7) {
      const changed = Uint8Array.from(b)
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8))
      expect(await opened([a, changed])).toMatchObject({ height: 1n })
    }
  })

  it('leaves the chain as it was when the log fails', async () => {
    const log = memoryLog()
    const chain = await openChain({
      get length() {
        return log.length
      },
      append: async () => {
        throw new Error('disk full')
      },
      appendAll: records => log.appendAll(records),
      read: from => log.read(from),
      close: () => log.close(),
    })
    await expect(chain.append(await next(chain))).rejects.toThrow('disk full')
    expect(chain.tip).toBeNull()
  })

  it('reads an entry as one block and nothing else', async () => {
    const block = await mined()
    const fields = {
      v: 1,
      h: 0,
      p: block.previous,
      m: block.miner,
      t: block.timestamp,
      d: new Uint8Array(16).fill(10, 15),
      n: block.nonce,
      id: block.blockId,
      r: [],
    }
    expect(encodeCbor(fields)).toEqual(encodeBlock(block))
    const wrong: readonly Parameters<typeof encodeCbor>[0][] = [
      { ...fields, x: 1 },
      { ...fields, v: 2 },
      { ...fields, h: -1 },
      { ...fields, h: 'text' },
      { ...fields, p: 'text' },
      { ...fields, d: Uint8Array.of(10) },
      { ...fields, r: 0 },
      { ...fields, r: [0] },
      { ...fields, r: [{ k: 0, p: 0, t: 0, n: 0, s: 0 }] },
      { ...fields, r: [{ k: block.miner, p: block.miner, t: 0, n: 0, s: block.miner }] },
      [fields],
      null,
      'block',
    ]
    for (const value of wrong) {
      expect(await opened([encodeCbor(value)])).toMatchObject({ cause: 'ledger/entry' })
    }
    expect(await opened([new Uint8Array()])).toMatchObject({ cause: 'ledger/entry' })
  })
})
