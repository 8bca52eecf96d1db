import type { Block, LedgerPeer, PeerHeader } from '@chartseal/emr-ledger'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  doctor,
  hex,
  Mint,
  openNode,
  otherDoctor,
  peerOf,
  receiveAll,
  scribeOf,
  workGenesis,
} from './v2-node-world.js'

/** Counts what is asked of a peer. */
function counted(peer: LedgerPeer): LedgerPeer & { readonly asked: { headers: number; blocks: number } } {
  const asked = { headers: 0, blocks: 0 }
  return {
    ...peer,
    asked,
    headers: (from, limit) => {
      asked.headers++
      return peer.headers(from, limit)
    },
    block: id => {
      asked.blocks++
      return peer.block(id)
    },
  }
}

const headersOf = (blocks: readonly Block[]): readonly PeerHeader[] =>
  blocks.map(({ header, seal }) => ({ header: header.bytes, seal }))

/** Gives what it is told to give. */
function scripted(chain: readonly Block[], changes: Partial<LedgerPeer> = {}): LedgerPeer {
  const tip = chain.at(-1)
  if (tip === undefined) throw new Error('a chain without blocks')
  return {
    tip: async () => ({ id: tip.header.id, height: tip.header.height }),
    headers: async (from, limit) => headersOf(chain.slice(Number(from), Number(from) + limit)),
    block: async id => chain.find(({ header }) => header.id.join() === id.join())?.bytes ?? null,
    ...changes,
  }
}

describe('pulling', () => {
  it('brings a late joiner everything, evidence and waiting records too', async () => {
    const [{ node: old }, { node: late }] = [await openNode(), await openNode()]
    const mint = new Mint()
    const scribe = scribeOf()
    const chain = await mint.chain(mint.zero, 150)
    await receiveAll(old, chain)
    await old.vote(chain[140]?.header.id ?? new Uint8Array())
    await old.submit(scribe.prescribe(doctor).bytes)
    const peer = counted(peerOf(old))
    expect(await late.syncWith(peer)).toEqual({ blocks: 150, records: 1 })
    expect([late.tip, late.final, late.pending().length]).toEqual([old.tip, old.final, 1])
    expect(peer.asked).toEqual({ headers: 3, blocks: 150 })
    expect(await late.syncWith(peer)).toEqual({ blocks: 0, records: 0 })
    expect(peer.asked.blocks).toBe(150)
  })

  it('heals a partition: both follow the heavier side, and nothing that was acknowledged is lost', async () => {
    const [{ node: left }, { node: right }] = [await openNode(), await openNode()]
    const mint = new Mint()
    const both = await mint.chain(mint.zero, 40)
    await receiveAll(left, both)
    await receiveAll(right, both)
    const [one, two] = [scribeOf().prescribe(doctor), scribeOf().prescribe(otherDoctor)]
    await left.submit(one.bytes)
    await left.tick()
    await right.submit(two.bytes)
    await right.tick()
    await receiveAll(right, await mint.chain(both[39] ?? mint.zero, 5, 2n, 7n))
    await left.syncWith(peerOf(right))
    await right.syncWith(peerOf(left))
    expect(hex(left.tip)).toBe(hex(right.tip))
    await left.tick()
    await right.syncWith(peerOf(left))
    await right.tick()
    await left.syncWith(peerOf(right))
    for (const node of [left, right]) {
      for (const { txid } of [one, two]) expect((await node.prescription(txid))?.state.status).toBe('ready')
    }
    expect(hex(left.tip)).toBe(hex(right.tip))
  })

  it('keeps what it had of a peer that goes away', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const chain = [mint.zero, ...(await mint.chain(mint.zero, 30))]
    const gone = scripted(chain, {
      block: async id => {
        const at = chain.findIndex(({ header }) => header.id.join() === id.join())
        if (at > 20) throw new Error('connection lost')
        return chain[at]?.bytes ?? null
      },
    })
    await expect(node.syncWith(gone)).rejects.toThrow('connection lost')
    expect(node.tip.height).toBe(16n)
    expect((await node.syncWith(scripted(chain))).blocks).toBe(14)
  })
})

describe('peers that lie', () => {
  it('are found out by headers that do not follow, bodies that are missing or of another block, and other ledgers', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const chain = [mint.zero, ...(await mint.chain(mint.zero, 5))]
    const other = await mint.chain(mint.zero, 5, 1n, 4n)
    const skipping = headersOf([...chain.slice(0, 2), ...other.slice(1)])
    const code = (peer: LedgerPeer): Promise<string> => codeOf(() => node.syncWith(peer))
    const pageOf = (headers: readonly PeerHeader[]) => async (from: bigint, limit: number) =>
      headers.slice(Number(from), Number(from) + limit)
    expect(await code(scripted(chain, { headers: pageOf(skipping) }))).toBe('ledger/peer-headers')
    expect(await code(scripted(chain, { headers: async () => headersOf(chain.slice(3)) }))).toBe(
      'ledger/peer-headers',
    )
    expect(await code(scripted(chain, { block: async () => null }))).toBe('ledger/peer-block')
    expect(await code(scripted(chain, { block: async () => other[0]?.bytes ?? null }))).toBe(
      'ledger/peer-block',
    )
    expect(await code(scripted(chain, { headers: async () => [] }))).toBe('ledger/peer-diverged')
    expect(
      await code(
        scripted(chain, { headers: async () => [{ header: new Uint8Array(9), seal: new Uint8Array() }] }),
      ),
    ).toBe('ledger/bad-header')
    expect((await node.syncWith(scripted(chain))).blocks + 1).toBeGreaterThan(4)
    expect(node.tip.height).toBe(5n)
  })

  it('get no block asked for that stands below what is final here', async () => {
    const { node } = await openNode()
    const mint = new Mint()
    const chain = await mint.chain(mint.zero, 5)
    await receiveAll(node, chain)
    await node.vote(chain[2]?.header.id ?? new Uint8Array())
    const other = counted(scripted([mint.zero, ...(await mint.chain(mint.zero, 9, 5n, 4n))]))
    expect(await codeOf(() => node.syncWith(other))).toBe('ledger/peer-diverged')
    expect(other.asked.blocks).toBe(0)
    expect(node.tip.height).toBe(5n)
  })

  it('get no body asked for where work decides and theirs is less', async () => {
    const { node } = await openNode({ of: workGenesis })
    const mint = new Mint(workGenesis)
    await receiveAll(node, await mint.chain(mint.zero, 3, 10n))
    const cheap = counted(
      scripted([mint.zero, ...(await mint.chain(mint.zero, 200, 0n + 1n, 4n)).slice(0, 20)]),
    )
    expect(await node.syncWith(cheap)).toEqual({ blocks: 0, records: 0 })
    expect(cheap.asked.blocks).toBe(0)
    const dear = counted(scripted([mint.zero, ...(await mint.chain(mint.zero, 20, 2n, 5n))]))
    expect((await node.syncWith(dear)).blocks).toBe(20)
    expect(node.tip.height).toBe(20n)
  })

  it('cannot eclipse a node that has one honest peer', async () => {
    const { node } = await openNode()
    const { node: honest } = await openNode()
    const mint = new Mint()
    await receiveAll(honest, await mint.chain(mint.zero, 10, 3n))
    const lies = [mint.zero, ...(await mint.chain(mint.zero, 9, 2n, 4n))]
    const liars = [
      scripted(lies),
      scripted(lies, { block: async () => null }),
      scripted(lies, { tip: async () => ({ id: new Uint8Array(32), height: 2n ** 60n }) }),
      scripted(lies, { evidence: async () => [new Uint8Array(32), new Uint8Array(3)] }),
    ]
    for (const peer of [...liars, peerOf(honest), ...liars]) await node.syncWith(peer).catch(() => undefined)
    expect(node.tip).toEqual(honest.tip)
  })
})
