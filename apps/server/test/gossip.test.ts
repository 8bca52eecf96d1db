/** Gossip between nodes of a ledger: faster where it works, and of no harm where it is cut, late, or a lie. */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { systemRandom } from '@chartseal/core/system'
import { decodeBlock, encodeBlock } from '@chartseal/emr-ledger'
import { fixedClock, patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { Gossip } from '../dist/gossip/gossip.js'
import { decodeMessage, encodeMessage, type GossipMessage, maxMessageBytes } from '../dist/gossip/message.js'
import { areFinal, comesThroughAPartition, Five, part } from './gossip-five.js'
import { Network, peerOf } from './gossip-world.js'

/** What an attacker sends is a message all the same. */
const messageOf = (kind: GossipMessage['kind'], bytes: Uint8Array): Uint8Array =>
  encodeMessage({ kind, bytes }) ?? new Uint8Array(0)

it.each([
  { title: 'by gossip, and a pull where it cannot help', network: new Network() },
  { title: 'by pulling alone', network: null },
])('five sealers have one chain behind a partition, and so has who comes late: $title', ({ network }) =>
  comesThroughAPartition(network),
)

it('a message is one thing of a kind that is known, and of 64 KiB at most', () => {
  for (const kind of ['record', 'block', 'evidence'] as const) {
    const bytes = systemRandom.bytes(32)
    expect(decodeMessage(messageOf(kind, bytes))).toEqual({ kind, bytes })
  }
  expect(encodeMessage({ kind: 'record', bytes: new Uint8Array(maxMessageBytes) })).toBeNull()
  const largest = new Uint8Array(maxMessageBytes - 5)
  expect(encodeMessage({ kind: 'record', bytes: largest })).toHaveLength(maxMessageBytes)
  for (const other of ['00', '80', '820341ff', '8200f6', '83004100', '82004100', '82014100ff', '82001841'])
    expect([other, decodeMessage(decodeHex(other))]).toEqual([
      other,
      other === '82004100' ? expect.anything() : null,
    ])
})

describe('gossip', () => {
  it('tells each thing once, and of what is not new nothing', async () => {
    const network = new Network()
    const five = await Five.open(network)
    const order = await five.order('a')
    await five.settle([order])
    await network.lie('echo')
    network.forget()
    const told = [messageOf('record', order.bytes), messageOf('block', five.at('a').node.final.id)]
    for (const message of told) network.send('echo', message)
    await vi.waitFor(() => expect(network.of('echo')).toHaveLength(5 * told.length), patience)
    expect(new Set(network.of('echo'))).toEqual(new Set(['ignore']))
  })

  it('takes a block from another peer where those before give none, another one, or a forged one', async () => {
    const network = new Network()
    let right = new Uint8Array(0)
    await network.lie('silent')
    await network.lie('liar', async () => five.at('a').node.block(0n))
    await network.lie('forger', async () => withSeal(right, new Uint8Array(80)))
    const five = await Five.open(network)
    const order = await five.order('a')
    const [four, e] = [five.places.slice(0, 4), five.at('e')]
    part(network, four, [e])
    await five.settle([order], four)
    right = Uint8Array.from((await five.at('a').node.block(1n)) ?? [])
    network.heal()
    network.send('silent', messageOf('block', idOf(right)))
    await vi.waitFor(() => expect(network.at('e', 'silent')).toEqual(['accept']), patience)
    expect((await e.node.record(order.txid))?.kind).toBe('sealed')
    // The tip of the others may be told by then, too.
    expect(e.gossip?.counts.blocks).toBeGreaterThanOrEqual(1)
  })

  it('reads blocks as all readers do, so that none is read from a node that is being closed', async () => {
    const network = new Network()
    const place = await new Five(network).join('a')
    const refusal = new Error('it is opened again')
    const reads = vi.spyOn(place.ledger, 'read').mockRejectedValue(refusal)
    await expect(place.gossip?.block('peer', place.node.tip.id)).rejects.toBe(refusal)
    await network.lie('liar')
    network.send('liar', messageOf('block', systemRandom.bytes(32)))
    await vi.waitFor(() => expect(network.of('liar')).toEqual(['ignore']), patience)
    expect(reads).toHaveBeenCalledTimes(2)
    reads.mockRestore()
    expect(await place.gossip?.block('peer', place.node.tip.id)).not.toBeNull()
  })

  it('asks a peer that tells of blocks and gives none a few times, then not for a while', async () => {
    const network = new Network()
    const five = new Five(network)
    const { gossip, soon } = await five.join('a')
    const ask = vi.fn(async () => null)
    await network.lie('liar', ask)
    for (let i = 0; i < 20; i++) {
      network.send('liar', messageOf('block', systemRandom.bytes(32)))
      await vi.waitFor(() => expect(network.of('liar')).toHaveLength(i + 1), patience)
    }
    expect(ask).toHaveBeenCalledTimes(6)
    expect(soon()).toBe(6)
    expect(gossip?.isMuted('liar')).toBe(true)
    five.clock.advance(20_000)
    expect(gossip?.isMuted('liar')).toBe(false)
    expect(gossip?.counts).toMatchObject({ accepted: 0, ignored: 20, rejected: 0 })
  })

  it('asks for few blocks at once because of one peer, however many it tells of in one moment', async () => {
    const network = new Network()
    await new Five(network).join('a')
    const asked: (() => void)[] = []
    const block = () => new Promise<null>(resolve => asked.push(() => resolve(null)))
    await network.lie('liar', block)
    const tell = (): number => network.send('liar', messageOf('block', systemRandom.bytes(32)))
    for (let i = 0; i < 20; i++) tell()
    await vi.waitFor(() => expect(network.of('liar')).toHaveLength(16), patience)
    expect(asked).toHaveLength(4)
    for (const answer of asked) answer()
    await vi.waitFor(() => expect(network.of('liar')).toHaveLength(20), patience)
    tell()
    await vi.waitFor(() => expect(asked).toHaveLength(5), patience)
    asked.at(-1)?.()
  })

  it('goes on in a flood of what is invalid: every node rejects the same, and the rest counts for nobody else', async () => {
    const network = new Network()
    const five = await Five.open(network)
    const order = await five.order('a')
    await five.settle([order])
    const { node } = five.at('a')
    const good = decodeBlock((await node.block(1n)) ?? new Uint8Array(0))
    // Another state root, and so another id: a lie about the header.
    const header = Uint8Array.from(good.header.bytes)
    header[110] = (header[110] ?? 0) ^ 1
    const lies = [encodeBlock({ ...good, header: { ...good.header, bytes: header } }), new Uint8Array(40)]
    await network.lie('liar', async (_peer, id) => lies.find(lie => isNamed(lie, id)) ?? null)
    const forged = Uint8Array.from((await five.draft()).bytes)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const messages = [
      new Uint8Array(40),
      new Uint8Array(maxMessageBytes + 1),
      messageOf('block', new Uint8Array(31)),
      messageOf('record', new Uint8Array(100)),
      messageOf('record', forged),
      messageOf('evidence', new Uint8Array(100)),
      ...lies.map(lie => messageOf('block', idOf(lie))),
    ]
    for (const message of messages) network.send('liar', message)
    await vi.waitFor(() => expect(network.of('liar')).toHaveLength(5 * messages.length), patience)
    // Five by each: what is no message, and what no key signed. The rest may be of the moment, or of whoever gave it.
    expect(network.of('liar').filter(verdict => verdict === 'reject')).toHaveLength(5 * 5)
    expect(network.of('liar')).not.toContain('accept')
    const other = await five.order('b')
    await five.settle([order, other])
  })

  it('is no part of a node whose peers all lie: what it pulls counts, and nothing else', async () => {
    const network = new Network()
    const five = await Five.open(network)
    const eclipsed = five.at('e')
    part(network, five.places.slice(0, 4), [eclipsed])
    await network.lie('liar')
    for (const { name } of five.places.slice(0, 4)) network.cut('liar', name)
    const order = await five.order('a')
    await five.settle([order], five.places.slice(0, 4))
    network.send('liar', messageOf('block', five.at('a').node.tip.id))
    await vi.waitFor(() => expect(network.of('liar')).toEqual(['ignore']), patience)
    expect(await eclipsed.node.record(order.txid)).toBeNull()
    expect(eclipsed.soon()).toBe(1)
    await eclipsed.node.syncWith(peerOf(five.at('b').node))
    expect(await areFinal([order], [eclipsed])).toBe(true)
  })

  it('rejects a block for what its header says, and nothing for what only its sender may have done', async () => {
    const network = new Network()
    const { node } = await new Five(network).join('a')
    const block = (await node.block(0n)) ?? new Uint8Array(0)
    let code = ''
    const receive = async (): Promise<never> => {
      throw new ChartsealError(code, '', {})
    }
    await network.lie('b', async () => block)
    const gossip = await Gossip.open({
      ledger: {
        node,
        read: work => work({ node: { block: async () => null } }),
        isWorking: true,
        receive,
        submit: record => node.submit(record),
        vote: evidence => node.vote(evidence),
        pullSoon: () => undefined,
      },
      clock: fixedClock(0),
      open: network.join('c'),
      named: 1,
    })
    const verdictFor = async (one: string): Promise<string> => {
      code = one
      return gossip.judge('b', messageOf('block', idOf(block)))
    }
    for (const one of ['ledger/bad-block-record', 'ledger/state-root', 'ledger/block-time'])
      expect(await verdictFor(one)).toBe('reject')
    for (const one of ['ledger/early', 'ledger/below-final', 'ledger/records-root', 'files/failed'])
      expect(await verdictFor(one)).toBe('ignore')
  })

  it('looks at so many messages of one peer in a second, and gives so many blocks', async () => {
    const network = new Network()
    const five = new Five(network)
    const { gossip, node } = await five.join('a')
    await network.lie('loud')
    for (let i = 0; i < 80; i++) network.send('loud', messageOf('evidence', systemRandom.bytes(100)))
    await vi.waitFor(() => expect(network.of('loud')).toHaveLength(80), patience)
    // What is of no use costs more, so that there is nothing left for a block.
    expect(await gossip?.block('loud', node.tip.id)).toBeNull()
    expect(await gossip?.block('quiet', node.tip.id)).toEqual(await node.block(0n))
    five.clock.advance(60_000)
    expect(await gossip?.block('loud', node.tip.id)).toEqual(await node.block(0n))
  })

  it('is ended with its node: what comes then is not looked at', async () => {
    const network = new Network()
    const { gossip, node } = await new Five(network).join('a')
    await gossip?.close()
    expect(await gossip?.judge('b', messageOf('block', node.tip.id))).toBe('ignore')
    expect(await gossip?.block('b', node.tip.id)).toBeNull()
  })
})

/** The same block by its name: the seal is not in it. */
function withSeal(block: Uint8Array, seal: Uint8Array): Uint8Array {
  return encodeBlock({ ...decodeBlock(block), seal })
}

function idOf(block: Uint8Array): Uint8Array {
  try {
    return decodeBlock(block).header.id
  } catch {
    return new Uint8Array(32)
  }
}
const isNamed = (block: Uint8Array, id: Uint8Array): boolean => encodeHex(idOf(block)) === encodeHex(id)
