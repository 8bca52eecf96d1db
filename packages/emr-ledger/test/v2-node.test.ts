import { encodeHex } from '@chartseal/core/encoding'
import type { LedgerEvent } from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Disk, doctor, hex, Mint, openNode, pharmacy, receiveAll, scribeOf } from './v2-node-world.js'

describe('a node', () => {
  it('acknowledges a record, seals it, and says what the prescription is', async () => {
    const { node } = await openNode()
    const scribe = scribeOf()
    const prescription = scribe.prescribe(doctor)
    const events: LedgerEvent[] = []
    node.subscribe(event => events.push(event))
    expect(await node.submit(prescription.bytes)).toEqual({ txid: prescription.txid, isKnown: false })
    expect([await node.nextSeq(doctor.kid), await node.nextSeq(pharmacy.kid)]).toEqual([2n, 1n])
    expect(await node.record(prescription.txid)).toMatchObject({ kind: 'pending', isReady: true })
    expect(await node.prescription(prescription.txid)).toBeNull()
    const made = await node.tick()
    expect([made?.height, node.tip.height, node.pending()]).toEqual([1n, 1n, []])
    expect(await node.record(prescription.txid)).toMatchObject({
      kind: 'sealed',
      at: { height: 1n, place: 0, finality: { kind: 'reversible', depth: 0 } },
    })
    const answer = await node.prescription(prescription.txid)
    expect([answer?.state.status, answer?.isExpired, answer?.final]).toEqual(['ready', false, null])
    await node.vote(node.tip.id)
    expect((await node.prescription(prescription.txid))?.final?.status).toBe('ready')
    expect(await node.record(prescription.txid)).toMatchObject({ at: { finality: { kind: 'final' } } })
    expect(events.map(({ kind }) => kind)).toEqual(['pending', 'block', 'final', 'evidence'])
    expect(await node.tick()).toBeNull()
    await node.close()
  })

  it('gives headers with their seals, and blocks by id and height', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const blocks = await mint.chain(mint.zero, 5)
    const branch = await mint.block(mint.zero, [], 1n, 1n)
    await receiveAll(node, [...blocks.slice(0, 2), branch, ...blocks.slice(2)])
    const headers = await node.headers(0n, 100)
    expect(headers.map(({ header }) => encodeHex(header))).toEqual(
      [mint.zero, ...blocks].map(({ header }) => encodeHex(header.bytes)),
    )
    expect(headers.map(({ seal }) => [...seal])).toEqual([[], [7], [7], [7], [7], [7]])
    expect((await node.headers(4n, 1)).length).toBe(1)
    expect(await node.block(3n)).toEqual(blocks[2]?.bytes)
    expect(await node.block(branch.header.id)).toEqual(branch.bytes)
    expect(await node.block(0n)).toEqual(mint.zero.bytes)
    expect([await node.block(6n), await node.block(new Uint8Array(32))]).toEqual([null, null])
    await node.close()
  })

  it('is where it was when it is opened again, with index and without', async () => {
    const disk = new Disk()
    const first = await openNode({ blocks: disk.open() })
    const scribe = scribeOf()
    const [one, two] = [scribe.prescribe(doctor), scribe.prescribe(doctor)]
    await first.node.submit(one.bytes)
    await first.node.tick()
    await first.node.vote(first.node.tip.id)
    await first.node.submit(scribe.dispense(pharmacy, one, 1).bytes)
    await first.node.tick()
    await first.node.submit(two.bytes)
    await first.node.close()
    for (const isRebuilt of [false, true]) {
      if (isRebuilt) await first.options.index.clear()
      const again = await openNode({ index: first.options.index, blocks: disk.open() })
      expect(again.node.tip).toEqual(first.node.tip)
      expect(again.node.final.height).toBe(isRebuilt ? 0n : 1n)
      expect(again.node.pending().map(({ txid }) => txid)).toEqual([two.txid])
      expect((await again.node.prescription(one.txid))?.state.dispensed).toBe(1)
      await again.node.vote(again.node.tip.id)
      expect(again.node.final).toEqual(again.node.tip)
    }
  })

  it('refuses everything but reading once it is closed', async () => {
    const { node } = await openNode()
    await node.close()
    await node.close()
    await expect(node.submit(scribeOf().prescribe(doctor).bytes)).rejects.toThrow(TypeError)
    await expect(node.receive(new Uint8Array())).rejects.toThrow(TypeError)
    await expect(node.tick()).rejects.toThrow(TypeError)
  })

  it('refuses what cannot be read', async () => {
    const { node } = await openNode()
    expect(await codeOf(() => node.submit(new Uint8Array()))).toBe('ledger/record')
    expect(await codeOf(() => node.receive(new Uint8Array()))).toBe('ledger/bad-block')
    expect(await codeOf(() => node.vote(new Uint8Array()))).toBe('ledger/message')
    await node.close()
  })
})

describe('fork choice', () => {
  it('follows the heavier branch, keeps the first of two equal ones, and takes records back', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const scribe = scribeOf()
    const prescription = scribe.prescribe(doctor)
    const mine = await mint.block(mint.zero, [prescription])
    const other = await mint.block(mint.zero, [], 1n, 1n)
    const onOther = await mint.block(other)
    const events: LedgerEvent[] = []
    node.subscribe(event => events.push(event))
    await receiveAll(node, [mine, other])
    expect(hex(node.tip)).toBe(hex(mine))
    await node.receive(onOther.bytes)
    expect(hex(node.tip)).toBe(hex(onOther))
    expect(await node.prescription(prescription.txid)).toBeNull()
    expect(node.pending().map(({ txid }) => txid)).toEqual([prescription.txid])
    expect(events.map(({ kind }) => kind)).toEqual(['block', 'reorganised', 'block', 'block'])
    expect(events[1]).toMatchObject({ depth: 1, from: { height: 1n }, to: { height: 2n } })
    await node.tick()
    expect((await node.prescription(prescription.txid))?.state.status).toBe('ready')
    await node.close()
  })

  it('goes nowhere below what is final, and to another branch when that is final', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const [one, two] = [await mint.block(mint.zero), await mint.block(mint.zero, [], 1n, 1n)]
    const onTwo = await mint.block(two)
    const onOne = await mint.block(one)
    await receiveAll(node, [one, two, onTwo])
    expect(hex(node.tip)).toBe(hex(onTwo))
    await node.vote(one.header.id)
    expect([hex(node.tip), hex(node.final)]).toEqual([hex(one), hex(one)])
    const heavy = await mint.block(onTwo, [], 100n)
    expect(await codeOf(() => node.receive(heavy.bytes))).toBe('ledger/below-final')
    expect(await codeOf(async () => node.receive((await mint.block(mint.zero, [], 50n, 5n)).bytes))).toBe(
      'ledger/below-final',
    )
    await node.receive(onOne.bytes)
    expect(hex(node.tip)).toBe(hex(onOne))
    expect(await node.receive(two.bytes)).toMatchObject({ outcome: 'known' })
    await node.close()
  })

  it('gives back exactly the state before, block by block, and drops what no state has any more', async () => {
    const { node, options } = await openNode()
    const mint = new Mint()
    const scribe = scribeOf()
    const records = [scribe.prescribe(doctor), scribe.prescribe(doctor), scribe.prescribe(doctor)]
    const base = await mint.block(mint.zero, records.slice(0, 1))
    const left = await mint.block(base, records.slice(1, 2))
    const right = await mint.block(base, [], 2n)
    await receiveAll(node, [base, left, right])
    expect(hex(node.tip)).toBe(hex(right))
    expect(await options.index.node(left.header.stateRoot)).not.toBeNull()
    const back = await mint.block(left, records.slice(2), 5n)
    await node.receive(back.bytes)
    expect(hex(node.tip)).toBe(hex(back))
    expect((await node.prescription(records[2]?.txid ?? new Uint8Array()))?.state.status).toBe('ready')
    await node.vote(back.header.id)
    for (const block of [base, left]) expect(await options.index.node(block.header.stateRoot)).toBeNull()
    expect(await options.index.node(back.header.stateRoot)).not.toBeNull()
    await node.close()
  })
})
