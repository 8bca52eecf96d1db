import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { encodeHex } from '@chartseal/core/encoding'
import { type LedgerEvent, type LedgerIndex, type LedgerRecord, memoryIndex } from '@chartseal/emr-ledger'
import { faultPlaces } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  Disk,
  doctor,
  failing,
  hex,
  Mint,
  openNode,
  pharmacy,
  receiveAll,
  scribeOf,
} from './v2-node-world.js'

describe('a disk that is full', () => {
  it('tells nothing before the index has it, and makes the index good before anything else', async () => {
    const index = failing(memoryIndex())
    const { node, options } = await openNode({ index })
    const mint = new Mint()
    const [one, two, three] = await mint.chain(mint.zero, 3)
    const events: LedgerEvent[] = []
    node.subscribe(event => events.push(event))
    index.fails = () => true
    await expect(node.receive(one?.bytes ?? new Uint8Array())).rejects.toThrow('disk full')
    await expect(node.receive(two?.bytes ?? new Uint8Array())).rejects.toThrow('disk full')
    expect([options.blocks.length, node.tip.height, events]).toEqual([1, 0n, []])
    index.fails = () => false
    expect(await node.receive(one?.bytes ?? new Uint8Array())).toMatchObject({ outcome: 'known' })
    await receiveAll(
      node,
      [two, three].flatMap(block => block ?? []),
    )
    expect([options.blocks.length, node.tip.height]).toEqual([3, 3n])
    expect(events.map(({ kind }) => kind)).toEqual(['block', 'block', 'block'])
    await node.close()
  })

  it('acknowledges no record that is not stored, and takes it when it can be', async () => {
    const index = failing(memoryIndex())
    const { node } = await openNode({ index })
    const record = scribeOf().prescribe(doctor)
    index.fails = () => true
    await expect(node.submit(record.bytes)).rejects.toThrow('disk full')
    expect([node.pending(), await node.nextSeq(doctor.kid)]).toEqual([[], 1n])
    index.fails = () => false
    expect(await node.submit(record.bytes)).toEqual({ txid: record.txid, isKnown: false })
    await node.close()
  })

  it('keeps no block that the log did not take', async () => {
    const disk = new Disk()
    const { node } = await openNode({ blocks: disk.open() })
    const mint = new Mint()
    const block = await mint.block(mint.zero)
    disk.before = () => {
      throw new Error('disk full')
    }
    await expect(node.receive(block.bytes)).rejects.toThrow('disk full')
    expect(node.tip.height).toBe(0n)
    disk.before = () => undefined
    expect(await node.receive(block.bytes)).toMatchObject({ outcome: 'kept' })
    expect(disk.records.length).toBe(1)
    await node.close()
  })
})

/** What somebody was told. */
interface Told {
  readonly records: LedgerRecord[]
  readonly blocks: string[]
}

/** A day of a node, with a fork in it; ends where a write is refused. */
async function live(disk: Disk, index: LedgerIndex, told: Told): Promise<void> {
  const { node } = await openNode({ index, blocks: disk.open() })
  const mint = new Mint()
  const scribe = scribeOf()
  const submit = async (record: LedgerRecord): Promise<void> => {
    await node.submit(record.bytes)
    told.records.push(record)
  }
  const receive = async (blocks: Parameters<typeof receiveAll>[1]): Promise<void> => {
    for (const block of blocks) {
      await node.receive(block.bytes)
      told.blocks.push(hex(block))
    }
  }
  const prescription = scribe.prescribe(doctor)
  await submit(prescription)
  await node.tick()
  await submit(scribe.dispense(pharmacy, prescription, 1))
  await node.tick()
  const branch = await mint.chain(mint.zero, 2, 2n, 3n)
  await receive(branch)
  await submit(scribe.prescribe(doctor))
  await node.tick()
  await node.vote(node.tip.id)
  await receive([])
  await node.close()
}

/** What everything must be after the machine went off anywhere. */
async function after(disk: Disk, index: LedgerIndex, told: Told): Promise<string> {
  disk.before = () => undefined
  const again = await openNode({ index, blocks: disk.open() })
  const { node } = again
  for (const { txid } of told.records) expect((await node.record(txid))?.kind).toMatch(/sealed|pending/)
  const mint = new Mint()
  const branch = await mint.chain(mint.zero, 2, 2n, 3n)
  for (const block of branch) {
    const outcome = (await node.receive(block.bytes)).outcome
    if (told.blocks.includes(hex(block))) expect(outcome).toBe('known')
  }
  for (let i = 0; i < 3; i++) await node.tick()
  await node.vote(node.tip.id)
  expect(node.pending()).toEqual([])
  for (const { txid } of told.records) expect((await node.record(txid))?.kind).toBe('sealed')
  const root = encodeHex((await index.block(node.tip.id))?.header.stateRoot ?? new Uint8Array())
  await node.close()
  return root
}

describe('a machine that goes off', () => {
  it('has lost nothing that was acknowledged, wherever it happens', async () => {
    const whole = failing(memoryIndex())
    let writes = 0
    whole.fails = count => {
      writes = count + 1
      return false
    }
    const wholeDisk = new Disk()
    let appends = 0
    wholeDisk.before = () => {
      appends++
    }
    await live(wholeDisk, whole, { records: [], blocks: [] })
    expect([writes > 8, appends]).toEqual([true, 5])
    for (const place of faultPlaces(writes, 6)) {
      const [disk, index] = [new Disk(), failing(memoryIndex())]
      index.fails = count => count >= place
      const told: Told = { records: [], blocks: [] }
      await live(disk, index, told).catch(() => undefined)
      index.fails = () => false
      await after(disk, index, told)
    }
    for (const place of faultPlaces(appends, 3)) {
      const [disk, index] = [new Disk(), memoryIndex()]
      let seen = 0
      disk.before = () => {
        if (seen++ >= place) throw new Error('off')
      }
      const told: Told = { records: [], blocks: [] }
      await live(disk, index, told).catch(() => undefined)
      await after(disk, index, told)
    }
  })

  it('makes the same index from the log alone', async () => {
    const [disk, kept] = [new Disk(), memoryIndex()]
    await live(disk, kept, { records: [], blocks: [] })
    const dump = async (index: LedgerIndex): Promise<unknown> => {
      const { node } = await openNode({ index, blocks: disk.open() })
      if (node.final.height === 0n) await node.vote(node.tip.id)
      const blocks = await index.followed(0n, 100)
      const found = await Promise.all(
        blocks.map(async ({ id, header, entry, weight }) => [
          encodeHex(id),
          entry,
          weight,
          (await index.node(header.stateRoot)) !== null,
        ]),
      )
      const head = await index.head()
      return [found, node.tip, node.final, head?.entries, head === null ? null : encodeHex(head.tip)]
    }
    const before = await dump(kept)
    expect(await dump(memoryIndex())).toEqual(before)
  })

  it('verifies each record that waits once, and not again for each block', async () => {
    const [disk, index, scribe, count] = [new Disk(), memoryIndex(), scribeOf(), 60]
    const { node } = await openNode({ index, blocks: disk.open() })
    for (let i = 0; i < count; i++) await node.submit(scribe.prescribe(doctor).bytes)
    await node.close()
    const again = await openNode({ index, blocks: disk.open() })
    const verified = vi.spyOn(crypto, 'verify')
    syncBuiltinESMExports()
    onTestFinished(() => {
      verified.mockRestore()
      syncBuiltinESMExports()
    })
    while ((await again.node.tick()) !== null);
    expect([again.node.tip.height, again.node.pending()]).toEqual([3n, []])
    expect(verified).toHaveBeenCalledTimes(count)
    await again.node.close()
  })
})
