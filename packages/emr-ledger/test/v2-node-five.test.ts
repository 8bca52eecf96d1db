import { encodeHex } from '@chartseal/core/encoding'
import { memoryLog } from '@chartseal/core/memory'
import {
  ed25519Signer,
  encodeGenesis,
  type Genesis,
  LedgerNode,
  type LedgerRecord,
  memoryIndex,
  openSeal,
} from '@chartseal/emr-ledger'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  doctor,
  hex,
  otherDoctor,
  otherPharmacy,
  peerOf,
  people,
  pharmacy,
  scribeOf,
} from './v2-node-world.js'
import { genesisOf, Person } from './v2-world.js'

const sealers = [11, 12, 13, 14, 15].map(seed => new Person(seed, ['sealer']))
const genesis: Genesis = {
  ...genesisOf([...people, ...sealers]),
  seal: { kind: 'poa', slotSeconds: 1, slotsPerTurn: 4, tolerates: 'crash' },
}

type Network = Awaited<ReturnType<typeof networkOf>>

/** Five nodes of one ledger that see each other as long as they are in one group. */
async function networkOf() {
  const clock = fixedClock(1_001_000)
  const open = (sealer: Person | null): Promise<LedgerNode> =>
    LedgerNode.open({
      genesis: encodeGenesis(genesis),
      blocks: memoryLog(),
      index: memoryIndex(),
      clock,
      seal: ({ genesis: of, block0, base, notes }) =>
        openSeal({
          genesis: of,
          block0,
          base,
          notes,
          tools: sealer === null ? {} : { signer: ed25519Signer(sealer.key) },
        }),
    })
  const nodes = await Promise.all(sealers.map(open))
  let groups: readonly (readonly LedgerNode[])[] = [nodes]
  const round = async (): Promise<void> => {
    for (const node of nodes) await node.tick()
    for (const group of [...groups, ...groups]) {
      for (const [i, node] of group.entries()) {
        for (const step of [1, 2]) {
          const other = group[(i + step) % group.length]
          if (other !== undefined && other !== node) await node.syncWith(peerOf(other))
        }
      }
    }
  }
  return {
    nodes,
    open,
    part: (...some: readonly (readonly LedgerNode[])[]) => {
      groups = some
    },
    /** So many slots. */
    run: async (slots: number) => {
      for (let i = 0; i < slots; i++) {
        clock.advance(1_000)
        await round()
      }
    },
  }
}

function at({ nodes }: Network, place: number): LedgerNode {
  const node = nodes[place]
  if (node === undefined) throw new Error('no such node')
  return node
}

async function agreeOn({ nodes }: Network, records: readonly LedgerRecord[]): Promise<void> {
  const finals = new Set(nodes.map(node => hex(node.final)))
  expect(finals.size).toBe(1)
  for (const node of nodes) {
    for (const { txid } of records) {
      expect(await node.record(txid)).toMatchObject({ kind: 'sealed', at: { finality: { kind: 'final' } } })
    }
  }
  const headers = await Promise.all(
    nodes.map(async node =>
      (await node.headers(0n, Number(node.final.height) + 1)).map(({ header }) => encodeHex(header)),
    ),
  )
  for (const one of headers) expect(one).toEqual(headers[0])
}

describe('five sealers', () => {
  it('end in one state after a partition in which one side goes on and the other cannot, and a late joiner too', async () => {
    const network = await networkOf()
    const scribe = scribeOf(genesis)
    const prescription = scribe.prescribe(doctor, { quantity: 2, validUntil: 3_000n })
    await at(network, 0).submit(prescription.bytes)
    await network.run(6)
    await agreeOn(network, [prescription])
    network.part(network.nodes.slice(0, 3), network.nodes.slice(3))
    const [here, there] = [
      scribe.dispense(pharmacy, prescription, 2),
      scribe.dispense(otherPharmacy, prescription, 2),
    ]
    await at(network, 0).submit(here.bytes)
    await at(network, 4).submit(there.bytes)
    const before = at(network, 4).final
    await network.run(14)
    expect(await at(network, 0).record(here.txid)).toMatchObject({
      kind: 'sealed',
      at: { finality: { kind: 'final' } },
    })
    expect(at(network, 4).final).toEqual(before)
    expect((await at(network, 4).prescription(prescription.txid))?.final?.status).toBe('ready')
    network.part(network.nodes)
    await network.run(8)
    await agreeOn(network, [prescription, here])
    for (const node of network.nodes) {
      expect((await node.prescription(prescription.txid))?.final).toMatchObject({
        status: 'dispensed',
        dispensed: 2,
      })
      expect((await node.record(there.txid))?.kind).not.toBe('sealed')
    }
    expect(await codeOf(() => at(network, 1).submit(there.bytes))).toBe('ledger/not-open')
    const late = await network.open(null)
    await late.syncWith(peerOf(at(network, 2)))
    expect((await late.prescription(prescription.txid))?.final?.status).toBe('dispensed')
  })

  it('go on without two of them, who come back', async () => {
    const network = await networkOf()
    const scribe = scribeOf(genesis)
    const records = [scribe.prescribe(doctor), scribe.prescribe(otherDoctor)]
    network.part(network.nodes.slice(2), network.nodes.slice(0, 1), network.nodes.slice(1, 2))
    await at(network, 3).submit(records[0]?.bytes ?? new Uint8Array())
    await network.run(24)
    expect(await at(network, 3).record(records[0]?.txid ?? new Uint8Array())).toMatchObject({
      kind: 'sealed',
      at: { finality: { kind: 'final' } },
    })
    network.part(network.nodes)
    await at(network, 0).submit(records[1]?.bytes ?? new Uint8Array())
    await network.run(12)
    await agreeOn(network, records)
  })

  it('go on after each of them was alone for long, although nobody follows the blocks that then get the votes', async () => {
    const network = await networkOf()
    const scribe = scribeOf(genesis)
    const prescription = scribe.prescribe(doctor)
    for (const node of network.nodes) await node.submit(prescription.bytes)
    network.part(...network.nodes.map(node => [node]))
    await network.run(42)
    expect(network.nodes.every(({ final }) => final.height === 0n)).toBe(true)
    network.part(network.nodes)
    await network.run(10)
    await agreeOn(network, [prescription])
  })

  it('are followed by who has two other blocks of a leader who lies, to the one that they voted for', async () => {
    const network = await networkOf()
    const scribe = scribeOf(genesis)
    const prescription = scribe.prescribe(doctor)
    // The leader's key in three places: each makes another block of one slot.
    const twins = await Promise.all(
      [0, 1, 2, 3, 4].flatMap(place => [
        network.open(sealers[place] ?? null),
        network.open(sealers[place] ?? null),
      ]),
    )
    for (const [i, twin] of twins.entries())
      await twin.submit(scribeOf(genesis).prescribe(otherDoctor, { quantity: 10 + i }).bytes)
    for (const node of network.nodes) await node.submit(prescription.bytes)
    await network.run(1)
    const lies: Uint8Array[] = []
    for (const twin of twins) {
      const made = await twin.tick()
      const block = made === null ? null : await twin.block(made.id)
      if (block !== null) lies.push(block)
    }
    expect(lies.length).toBe(2)
    // Whoever is asked for what was voted for must give it, and no other block, however valid.
    const deceived = await network.open(null)
    const { id, height } = deceived.tip
    const liar = {
      ...peerOf(at(network, 0)),
      tip: async () => ({ id, height }),
      block: async () => lies[0] ?? null,
    }
    expect(await codeOf(() => deceived.syncWith(liar))).toBe('ledger/peer-block')
    const watchers = [await network.open(null), await network.open(null)]
    for (const watcher of watchers) for (const lie of lies) await watcher.receive(lie)
    const [early, late] = watchers
    // A tip that nothing stands on is led to by votes.
    for (const node of network.nodes) await early?.syncWith(peerOf(node))
    expect(await early?.record(prescription.txid)).toMatchObject({ kind: 'sealed' })
    await network.run(6)
    await agreeOn(network, [prescription])
    await late?.syncWith(peerOf(at(network, 0)))
    expect(late?.final).toEqual(at(network, 0).final)
    expect(late?.offences().length).toBeGreaterThan(0)
  })
})
