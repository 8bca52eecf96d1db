import { type Block, blockOf, headerOf, ledgerIdOf, memoryIndex } from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Disk, doctor, genesis, hex, Mint, openNode, receiveAll, scribeOf } from './v2-node-world.js'
import { forged } from './v2-world.js'

const sealed = Uint8Array.of(7)

describe('an index that was changed', () => {
  it('is refused by a code where a record waits that is none', async () => {
    for (const value of [
      new Uint8Array(),
      new Uint8Array(7),
      new Uint8Array(8).fill(255),
      new Uint8Array(9),
    ]) {
      const index = memoryIndex()
      const { node } = await openNode({ index })
      await node.close()
      await index.write({ notes: [{ name: 'pending/00', value }] })
      expect(await codeOf(() => openNode({ index }))).toBe('ledger/record')
    }
  })
})

describe('blocks of whoever lies', () => {
  it('keeps a block that comes first with the body of another, or with a wrong seal, and then as it is', async () => {
    const { node, options } = await openNode()
    const mint = new Mint()
    const scribe = scribeOf()
    const right = await mint.block(mint.zero, [scribe.prescribe(doctor)])
    const other = await mint.block(mint.zero, [scribeOf().prescribe(doctor, { quantity: 9 })])
    const mixed = blockOf(right.header, sealed, other.records)
    const unsealed = blockOf(right.header, Uint8Array.of(1), right.records)
    const empty = blockOf(right.header, sealed, [])
    for (const wrong of [mixed, empty]) {
      expect(await codeOf(() => node.receive(wrong.bytes))).toBe('ledger/records-root')
    }
    expect(await codeOf(() => node.receive(unsealed.bytes))).toBe('ledger/seal-signature')
    expect([options.blocks.length, node.tip.height]).toEqual([0, 0n])
    expect(await node.receive(right.bytes)).toMatchObject({ outcome: 'kept' })
    expect(hex(node.tip)).toBe(hex(right))
    await node.close()
  })

  it('remembers a header whose own body is refused, and stores nothing of it', async () => {
    const { node, options } = await openNode()
    const mint = new Mint()
    const good = await mint.block(mint.zero, [scribeOf().prescribe(doctor)])
    const false1 = good.records.map(forged)
    const wrongRoot = headerOf({ ...good.header, stateRoot: new Uint8Array(32) })
    const block = blockOf(wrongRoot, sealed, good.records)
    expect(await codeOf(() => node.receive(block.bytes))).toBe('ledger/state-root')
    expect(await codeOf(() => node.receive(block.bytes))).toBe('ledger/refused-block')
    const { recordsRoot } = await import('@chartseal/emr-ledger')
    const lie = blockOf(headerOf({ ...good.header, recordsRoot: recordsRoot(false1) }), sealed, false1)
    expect(await codeOf(() => node.receive(lie.bytes))).toBe('ledger/bad-block-record')
    expect(await codeOf(() => node.receive(lie.bytes))).toBe('ledger/refused-block')
    const elsewhere = blockOf(headerOf({ ...good.header, ledger: new Uint8Array(32) }), sealed, good.records)
    expect(await codeOf(() => node.receive(elsewhere.bytes))).toBe('ledger/other-ledger')
    const early = blockOf(headerOf({ ...good.header, timestamp: 10_000n }), sealed, good.records)
    expect(await codeOf(() => node.receive(early.bytes))).toBe('ledger/early')
    expect([options.blocks.length, node.tip.height]).toEqual([0, 0n])
    await node.close()
  })

  it('takes blocks in any order, and few whose parents never come', async () => {
    const { node } = await openNode({ limits: { orphans: 8 } })
    const mint = new Mint()
    const chain = await mint.chain(mint.zero, 6)
    for (const block of [...chain].reverse().slice(0, 5)) {
      expect(await node.receive(block.bytes)).toMatchObject({ outcome: 'orphan' })
    }
    await receiveAll(node, chain.slice(0, 1))
    expect(node.tip.height).toBe(6n)
    const lost = await mint.chain(mint.zero, 3, 1n, 3n)
    const flood: Block[] = []
    for (let salt = 1n; salt <= 20n; salt++) flood.push(await mint.block(lost[1] ?? mint.zero, [], 50n, salt))
    await receiveAll(node, flood)
    await receiveAll(node, lost.slice(0, 2))
    expect(hex(node.tip)).toBe(hex(flood[12] ?? mint.zero))
    await node.close()
  })

  it('refuses in silence what it held for later and then finds false', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const one = await mint.block(mint.zero)
    const two = await mint.block(one)
    const wrong = blockOf(headerOf({ ...two.header, stateRoot: new Uint8Array(32) }), sealed, [])
    await receiveAll(node, [wrong, two])
    expect(await node.receive(one.bytes)).toMatchObject({ outcome: 'kept' })
    expect(hex(node.tip)).toBe(hex(two))
    await node.close()
  })

  it('says that two branches were called final, and stays on the first', async () => {
    const { node, seal } = await openNode()
    const mint = new Mint()
    const [one, two] = [await mint.block(mint.zero), await mint.block(mint.zero, [], 1n, 1n)]
    const three = await mint.block(two)
    await receiveAll(node, [one, two, three])
    await node.vote(one.header.id)
    seal.take = async () => {
      seal.final = three.header
      return { final: three.header, weightier: [] }
    }
    expect(await codeOf(() => node.vote(three.header.id))).toBe('ledger/conflicting-finality')
    expect([hex(node.tip), hex(node.final)]).toEqual([hex(one), hex(one)])
    await node.close()
  })
})

describe('a block log that is not of this ledger, or was changed', () => {
  it('is refused with the entry', async () => {
    const disk = new Disk()
    disk.records.push(Uint8Array.of(1))
    expect(await codeOf(() => openNode({ blocks: disk.open() }))).toBe('ledger/log-entry')
    const mint = new Mint({ ...genesis, salt: ledgerIdOf(new Uint8Array()) })
    disk.records.splice(0, 1, (await mint.block(mint.zero)).bytes)
    expect(await codeOf(() => openNode({ blocks: disk.open() }))).toBe('ledger/log-entry')
  })

  it('is what counts where the index lacks nodes of its state', async () => {
    const disk = new Disk()
    const index = memoryIndex()
    const scribe = scribeOf()
    const { node } = await openNode({ index, blocks: disk.open() })
    const mint = new Mint()
    const block = await mint.block(mint.zero, [scribe.prescribe(doctor)])
    await node.receive(block.bytes)
    await node.close()
    await index.write({ dropped: [block.header.stateRoot] })
    disk.records.push((await mint.block(block, [scribe.prescribe(doctor)])).bytes)
    const again = await openNode({ index, blocks: disk.open() })
    expect([again.node.tip.height, await again.node.nextSeq(doctor.kid)]).toEqual([2n, 3n])
    await again.node.close()
  })

  it('is what counts where the index says something else', async () => {
    const disk = new Disk()
    const index = memoryIndex()
    const { node } = await openNode({ index, blocks: disk.open() })
    const mint = new Mint()
    await receiveAll(node, await mint.chain(mint.zero, 4))
    await node.close()
    disk.records.length = 2
    const shorter = await openNode({ index, blocks: disk.open() })
    expect(shorter.node.tip.height).toBe(2n)
    await shorter.node.close()
    const other = await mint.chain(mint.zero, 2, 3n, 5n)
    disk.records.splice(0, 2, ...other.map(({ bytes }) => bytes))
    const replaced = await openNode({ index, blocks: disk.open() })
    expect(hex(replaced.node.tip)).toBe(hex(other[1] ?? mint.zero))
    await replaced.node.close()
  })
})
