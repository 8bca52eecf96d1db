/** Gossip between nodes of a ledger: faster where it works, and nothing where it lies, is cut, or is late. */
import { encodeHex } from '@chartseal/core/encoding'
import { fixedClock, patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { startMs } from './api-world.js'
import { doctor, Network, openStation, peerOf, type Station5 } from './gossip-world.js'
import { prescribe } from './ledger-world.js'

const names = ['a', 'b', 'c', 'd', 'e'] as const

async function fiveOf(network: Network | null) {
  const clock = fixedClock(startMs)
  const open = (name: string, sealer?: number): Promise<Station5> =>
    openStation(name, {
      mesh: network?.join(name) ?? null,
      clock,
      ...(sealer === undefined ? {} : { sealer }),
    })
  const five = await Promise.all(names.map((name, i) => open(name, i)))
  return { clock, five, open }
}
const tipOf = ({ node }: Station5): string => encodeHex(node.tip.id)

describe('x', () => {
  it('y', async () => {
    const network = new Network()
    const { clock, five } = await fiveOf(network)
    const [a] = five
    if (a === undefined) throw new Error('none')
    const order = await prescribe({ ledger: a.node.id, device: doctor, seq: 1n }, 1)
    await a.node.submit(order.bytes)
    await vi.waitFor(() => {
      for (const one of five) expect(one.node.pending().length).toBe(1)
    }, patience)
    for (let slot = 0; slot < 12; slot++) {
      clock.advance(1_000)
      for (const one of five) await one.node.tick()
      await vi.waitFor(() => expect(new Set(five.map(tipOf)).size).toBe(1), patience)
    }
    console.log(five.map(({ node, gossip }) => [node.tip.height, node.final.height, gossip?.counts]))
    for (const one of five)
      expect(await one.node.record(order.txid)).toMatchObject({ kind: 'sealed', at: { finality: { kind: 'final' } } })
    void peerOf
  })
})
