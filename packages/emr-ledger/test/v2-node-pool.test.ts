import type { LedgerEvent } from '@chartseal/emr-ledger'
import { memoryIndex } from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  Disk,
  doctor,
  genesis,
  Mint,
  openNode,
  otherPharmacy,
  people,
  pharmacy,
  receiveAll,
  registrar,
  scribeOf,
  workGenesis,
} from './v2-node-world.js'
import { forged, genesisOf, Person, rosterOf } from './v2-world.js'

const colleague = new Person(6, ['registrar'])
const deputy = new Person(7, ['registrar'])
const twoBoards = { ...genesis, ...genesisOf([...people, colleague]), seal: genesis.seal }

describe('records that wait', () => {
  it('are acknowledged once, however often and by how many at once they are handed in', async () => {
    const { node } = await openNode()
    const record = scribeOf().prescribe(doctor)
    const answers = await Promise.all([1, 2, 3].map(() => node.submit(record.bytes)))
    expect(answers.map(({ isKnown }) => isKnown)).toEqual([false, true, true])
    await node.tick()
    expect((await node.submit(record.bytes)).isKnown).toBe(true)
    await node.vote(node.tip.id)
    expect((await node.submit(record.bytes)).isKnown).toBe(true)
    expect(node.pending()).toEqual([])
    await node.close()
  })

  it('keep their number: of two at once one is refused', async () => {
    const { node } = await openNode()
    const [one, two] = [scribeOf(), scribeOf()].map((scribe, i) =>
      scribe.prescribe(doctor, { quantity: i + 1 }),
    )
    const answers = await Promise.allSettled(
      [one, two].map(async record => node.submit(record?.bytes ?? new Uint8Array())),
    )
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(await codeOf(() => node.submit(two?.bytes ?? new Uint8Array()))).toBe('ledger/seq-pending')
    await node.close()
  })

  it('are refused as the state refuses them, those before them counted', async () => {
    const { node } = await openNode()
    const scribe = scribeOf()
    const prescription = scribe.prescribe(doctor)
    expect(await codeOf(() => node.submit(scribe.dispense(pharmacy, prescription, 1).bytes))).toBe(
      'ledger/unknown-prescription',
    )
    expect(await codeOf(() => node.submit(forged(prescription).bytes))).toBe('ledger/signature')
    await node.submit(prescription.bytes)
    const other = scribeOf()
    await node.submit(other.dispense(pharmacy, prescription, 2).bytes)
    expect(await codeOf(() => node.submit(other.dispense(otherPharmacy, prescription, 2).bytes))).toBe(
      'ledger/stale-change',
    )
    expect(await codeOf(() => node.submit(scribe.prescribe(pharmacy).bytes))).toBe('ledger/role')
    expect((await node.tick())?.height).toBe(1n)
    expect((await node.prescription(prescription.txid))?.state).toMatchObject({
      status: 'partly',
      dispensed: 2,
    })
    await node.close()
  })

  it('are few, of one signer and of all', async () => {
    const { node } = await openNode({ limits: { pending: 4, pendingOfSigner: 3 } })
    const scribe = scribeOf()
    for (let i = 0; i < 3; i++) await node.submit(scribe.prescribe(doctor).bytes)
    expect(await codeOf(() => node.submit(scribe.prescribe(doctor).bytes))).toBe('ledger/pending-of-signer')
    const roster = { ...(await node.roster()), number: 2n }
    await node.submit(scribe.roster(registrar, roster).bytes)
    const more = scribeOf().dispense(pharmacy, scribe.prescribe(doctor), 1)
    expect(await codeOf(() => node.submit(more.bytes))).toBe('ledger/pending-full')
    await node.close()
  })

  it('make way for another of their number only when they cannot be sealed any more', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const scribe = scribeOf()
    const prescription = scribe.prescribe(doctor)
    const base = await mint.block(mint.zero, [prescription])
    await node.receive(base.bytes)
    const lost = scribeOf().dispense(pharmacy, prescription, 2)
    await node.submit(lost.bytes)
    const first = scribe.dispense(otherPharmacy, prescription, 2)
    await node.receive((await mint.block(base, [first])).bytes)
    expect(await node.nextSeq(pharmacy.kid)).toBe(1n)
    expect(await codeOf(() => node.submit(scribeOf().dispense(pharmacy, prescription, 2, first).bytes))).toBe(
      'ledger/too-many-units',
    )
    expect(await node.record(lost.txid)).toMatchObject({ kind: 'pending', isReady: false })
    const right = scribeOf().dispense(pharmacy, prescription, 1, first)
    await node.submit(right.bytes)
    expect([node.pending().map(({ txid }) => txid), await node.record(lost.txid)]).toEqual([
      [right.txid],
      null,
    ])
    await node.tick()
    expect((await node.prescription(prescription.txid))?.state.status).toBe('dispensed')
    await node.close()
  })

  it('come back after a reorganisation, in an order in which they can be sealed, also when the node starts again', async () => {
    const disk = new Disk()
    const index = memoryIndex()
    const { node } = await openNode({ index, blocks: disk.open() })
    const mint = new Mint()
    const scribe = scribeOf()
    const prescription = scribe.prescribe(doctor)
    const [one, two] = [scribe.dispense(pharmacy, prescription, 1), scribe.prescribe(doctor)]
    await node.submit(prescription.bytes)
    await node.submit(one.bytes)
    await node.tick()
    await node.submit(two.bytes)
    await node.tick()
    const other = await mint.chain(mint.zero, 3, 2n, 9n)
    await receiveAll(node, other)
    expect(node.pending().map(({ txid }) => txid)).toEqual([prescription, one, two].map(({ txid }) => txid))
    await node.close()
    const again = await openNode({ index, blocks: disk.open() })
    expect(again.node.pending().map(({ txid }) => txid)).toEqual(
      [prescription, one, two].map(({ txid }) => txid),
    )
    await again.node.tick()
    expect([again.node.tip.height, again.node.pending()]).toEqual([4n, []])
    expect((await again.node.prescription(prescription.txid))?.state.dispensed).toBe(1)
    await again.node.vote(again.node.tip.id)
    expect(await index.notes('pending/')).toEqual([])
    await again.node.close()
  })

  it('are refused for ever, and told so, once what they say is decided otherwise for good', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const scribe = scribeOf()
    const [mine, theirs] = [scribeOf().prescribe(doctor, { quantity: 1 }), scribe.prescribe(doctor)]
    await node.submit(mine.bytes)
    const block = await mint.block(mint.zero, [theirs])
    const events: LedgerEvent[] = []
    node.subscribe(event => events.push(event))
    await node.receive(block.bytes)
    await node.tick()
    expect(await node.record(mine.txid)).toMatchObject({ kind: 'pending', isReady: false })
    await node.vote(block.header.id)
    await node.tick()
    expect(await node.record(mine.txid)).toEqual({ kind: 'refused', code: 'ledger/seq' })
    expect(events.at(-1)).toEqual({ kind: 'refused', txid: mine.txid, code: 'ledger/seq' })
    expect(node.pending()).toEqual([])
    await node.close()
  })

  it('are refused for ever where they are a roster whose number another has', async () => {
    const { node } = await openNode({ of: twoBoards })
    const mint = new Mint(twoBoards)
    const mine = scribeOf(twoBoards).roster(registrar, rosterOf([...people, colleague, deputy], 2n))
    const theirs = scribeOf(twoBoards).roster(colleague, rosterOf([...people, colleague], 2n))
    await node.submit(mine.bytes)
    const block = await mint.block(mint.zero, [theirs])
    await node.receive(block.bytes)
    await node.vote(block.header.id)
    await node.tick()
    expect(await node.record(mine.txid)).toEqual({ kind: 'refused', code: 'ledger/roster-number' })
    expect(node.pending()).toEqual([])
    await node.close()
  })
})

describe('dispensing where nothing is final', () => {
  it('is refused unless a depth counts, and until the prescription is that deep', async () => {
    const scribe = scribeOf(workGenesis)
    const mint = new Mint(workGenesis)
    const prescription = scribe.prescribe(doctor)
    const blocks = [await mint.block(mint.zero, [prescription])]
    blocks.push(...(await mint.chain(blocks[0] ?? mint.zero, 2)))
    const dispensed = scribe.dispense(pharmacy, prescription, 1)
    const none = await openNode({ of: workGenesis })
    await receiveAll(none.node, blocks)
    expect(await codeOf(() => none.node.submit(dispensed.bytes))).toBe('ledger/no-finality')
    const deep = await openNode({ of: workGenesis, dispenseDepth: 2 })
    await receiveAll(deep.node, blocks.slice(0, 2))
    expect(await codeOf(() => deep.node.submit(dispensed.bytes))).toBe('ledger/not-deep-enough')
    await receiveAll(deep.node, blocks.slice(2))
    await deep.node.submit(dispensed.bytes)
    await deep.node.tick()
    expect(await deep.node.record(dispensed.txid)).toMatchObject({
      at: { finality: { kind: 'reversible', depth: 0 } },
    })
    expect([deep.node.final.height, deep.node.tip.height]).toEqual([0n, 4n])
  })

  it('gives no chain up that is deeper than what may be undone', async () => {
    const { node } = await openNode({ of: workGenesis, limits: { undoDepth: 3 } })
    const mint = new Mint(workGenesis)
    const main = await mint.chain(mint.zero, 6)
    const fork = await mint.block(main[1] ?? mint.zero, [], 100n)
    const shallow = await mint.block(main[3] ?? mint.zero, [], 50n, 1n)
    await receiveAll(node, main)
    expect(await codeOf(() => node.receive(fork.bytes))).toBe('ledger/below-final')
    await node.receive(shallow.bytes)
    expect([node.tip.id, node.final.height]).toEqual([shallow.header.id, 0n])
    await node.close()
  })
})
